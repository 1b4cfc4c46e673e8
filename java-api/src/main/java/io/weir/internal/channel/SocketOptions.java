package io.weir.internal.channel;

import io.weir.internal.log.Reason;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sets and reads socket options of channels. */
public final class SocketOptions {

  private SocketOptions() {}

  /** Sets TCP_NODELAY, if the socket has it, so that small writes leave at once, as in asyncio. */
  static void setNoDelay(NetworkChannel channel) throws IOException {
    if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
  }

  /**
   * Returns the user and the group of the peer of a Unix domain socket, a {@code
   * jdk.net.UnixDomainPrincipal}. Returns null when the system has no such option, or the JVM lacks
   * the module {@code jdk.net}. So this class uses no class of that module.
   */
  static @Nullable Object peerCredentials(NetworkChannel channel) throws IOException {
    for (SocketOption<?> option : channel.supportedOptions()) {
      if (option.name().equals("SO_PEERCRED")) {
        return channel.getOption(option);
      }
    }
    return null;
  }

  /**
   * Sets socket options on a channel of the JDK.
   *
   * @param options the options, with values of their types
   * @throws IOException when an option is not supported or its value is refused; the message names
   *     it
   */
  static void set(NetworkChannel channel, Map<SocketOption<?>, Object> options) throws IOException {
    for (Map.Entry<SocketOption<?>, Object> option : options.entrySet()) {
      set(channel, option.getKey(), option.getValue());
    }
  }

  /**
   * Sets socket options on the socket of a channel.
   *
   * @param options the options, with values of their types
   * @throws IOException when an option is not supported or its value is refused; the message names
   *     it
   */
  public static void set(ChannelSocket socket, Map<SocketOption<?>, Object> options)
      throws IOException {
    for (Map.Entry<SocketOption<?>, Object> option : options.entrySet()) {
      set(socket, option.getKey(), option.getValue());
    }
  }

  private static <T> void set(ChannelSocket socket, SocketOption<T> option, Object value)
      throws IOException {
    try {
      socket.option(option, option.type().cast(value));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      throw refused(option, value, e);
    }
  }

  private static IOException refused(SocketOption<?> option, Object value, Exception cause) {
    return new IOException(
        "socket option " + option.name() + " cannot be set to " + value + ": " + Reason.of(cause),
        cause);
  }

  private static <T> void set(NetworkChannel channel, SocketOption<T> option, Object value)
      throws IOException {
    try {
      channel.setOption(option, option.type().cast(value));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      throw refused(option, value, e);
    }
  }
}
