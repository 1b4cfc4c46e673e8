package io.weir.internal.channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes listening channels of Unix domain sockets. {@link #bind} blocks for some seconds at most.
 */
public final class UnixChannels {

  private UnixChannels() {}

  /**
   * Binds to a path and listens.
   *
   * @param backlog the accept backlog, in connections
   * @param mode the permissions of the file, or null for the process's default
   * @param cleanup whether closing the server deletes the file
   * @throws java.net.BindException when the path cannot be bound; the message names the path and
   *     the obstacle
   */
  public static AsyncServerChannel bind(
      Path path,
      int backlog,
      @Nullable Set<PosixFilePermission> mode,
      boolean cleanup,
      SelectorChannelGroup loops)
      throws IOException {
    ServerSocketChannel channel = new UnixSocketFile(path, backlog, mode).bind();
    return listening(channel, UnixDomainSocketAddress.of(path), cleanup, loops);
  }

  /**
   * Adopts a bound channel, of TCP or of a Unix domain socket.
   *
   * @param cleanup whether closing the server deletes the file of a Unix domain socket
   * @throws IllegalArgumentException when the channel is not bound
   */
  public static AsyncServerChannel adopt(
      ServerSocketChannel channel, boolean cleanup, SelectorChannelGroup loops) throws IOException {
    SocketAddress address = channel.getLocalAddress();
    if (address == null) {
      throw new IllegalArgumentException("channel is " + channel + ": it must be bound");
    }
    return listening(channel, address, cleanup, loops);
  }

  private static AsyncServerChannel listening(
      ServerSocketChannel channel,
      SocketAddress address,
      boolean cleanup,
      SelectorChannelGroup loops)
      throws IOException {
    Runnable removal = () -> {};
    try {
      removal = removal(address, cleanup);
      return new SelectorServerSocketChannel(channel, loops, address, removal);
    } catch (IOException | RuntimeException e) {
      removal.run();
      Closeables.closeQuietly(channel);
      throw e;
    }
  }

  private static Runnable removal(SocketAddress address, boolean cleanup) throws IOException {
    if (!cleanup || !(address instanceof UnixDomainSocketAddress unix)) {
      return () -> {};
    }
    Object key = UnixSocketFile.keyOf(unix.getPath());
    return () -> UnixSocketFile.removeIfStill(unix.getPath(), key);
  }
}
