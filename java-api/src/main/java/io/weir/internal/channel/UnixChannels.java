package io.weir.internal.channel;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Opens channels of Unix domain sockets. The calls block, so I/O threads must not make them. */
public final class UnixChannels {

  private UnixChannels() {}

  /**
   * Opens an unconnected socket. Closing it cancels a pending connect.
   *
   * @param options the socket options, with values of their types
   */
  public static SocketChannel open(Map<SocketOption<?>, Object> options) throws IOException {
    SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      SocketOptions.set(socket, options);
      return socket;
    } catch (IOException | RuntimeException e) {
      Closeables.closeQuietly(socket);
      throw e;
    }
  }

  /**
   * Connects a socket; closes it when that fails.
   *
   * @throws NoSuchFileException when the path does not exist
   * @throws ConnectException when no connection is possible; both messages name the path
   */
  public static AsyncByteChannel connect(
      SocketChannel socket, Path path, SelectorChannelGroup loops) throws IOException {
    try {
      socket.connect(UnixDomainSocketAddress.of(path));
      return SelectorSocketChannel.forStreams(socket, loops.next());
    } catch (IOException | RuntimeException e) {
      Closeables.closeQuietly(socket);
      throw named(path, e);
    }
  }

  private static IOException named(Path path, Exception cause) {
    IOException named =
        !UnixPath.isTooLong(path) && UnixPath.isMissing(path)
            ? new NoSuchFileException(path.toString(), null, "no socket to connect to")
            : new ConnectException(
                "cannot connect to path '" + path + "': " + UnixPath.reasonOf(path, cause));
    named.initCause(cause);
    return named;
  }

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
      throw new IllegalArgumentException(
          "channel is " + channel + ": it must be bound to make a server of it");
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
