package io.weir.internal.channel;

import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Implements the socket options of a {@link NetworkChannel}. */
abstract class NetworkSocket implements ChannelSocket {

  private final NetworkChannel network;

  NetworkSocket(NetworkChannel network) {
    this.network = network;
  }

  @Override
  public final boolean isOpen() {
    return network.isOpen();
  }

  @Override
  public final Set<SocketOption<?>> supportedOptions() {
    return network.supportedOptions();
  }

  @Override
  public final <T> @Nullable T option(SocketOption<T> name) throws IOException {
    return network.getOption(name);
  }

  @Override
  public final <T> void option(SocketOption<T> name, T value) throws IOException {
    network.setOption(name, value);
  }
}
