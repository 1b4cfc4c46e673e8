package io.weir.internal.channel;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes channels of Unix domain sockets. These calls block, so they are not for I/O threads. */
public final class UnixChannels {

  /** What the JDK says, before it asks the system, of a path that does not fit into an address. */
  private static final String TOO_LONG = "path too long";

  private UnixChannels() {}

  /**
   * Opens a socket that can be connected; closing it ends a connect under way.
   *
   * @param options to be set on it, with values of their types
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
   * Connects a socket, which is closed when that fails.
   *
   * @throws NoSuchFileException when there is nothing at the path
   * @throws ConnectException when nobody can be connected to; both name the path
   */
  public static AsyncByteChannel connect(SocketChannel socket, Path path, SelectorLoops loops)
      throws IOException {
    try {
      socket.connect(UnixDomainSocketAddress.of(path));
      return new SelectorChannel(socket, loops.next(), socket.getLocalAddress());
    } catch (IOException | RuntimeException e) {
      Closeables.closeQuietly(socket);
      throw named(path, e);
    }
  }

  private static IOException named(Path path, Exception cause) {
    String reason = String.valueOf(cause.getMessage());
    IOException named =
        !reason.contains(TOO_LONG) && isMissing(path)
            ? new NoSuchFileException(path.toString(), null, "no socket to connect to")
            : new ConnectException("cannot connect to path '" + path + "': " + reason);
    named.initCause(cause);
    return named;
  }

  /** Whether there is nothing, rather than something that may not be looked at. */
  private static boolean isMissing(Path path) {
    try {
      Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return false;
    } catch (AccessDeniedException e) {
      return false;
    } catch (IOException e) { // of which kind depends on the JDK
      return true;
    }
  }

  /**
   * Binds to a path and listens.
   *
   * @param backlog how many connections the kernel keeps until they are accepted
   * @param mode the permissions of the file, null for those of the process
   * @param cleanup whether the file goes with the server
   * @throws java.net.BindException naming the path and what is in the way
   */
  public static AsyncServerChannel bind(
      Path path,
      int backlog,
      @Nullable Set<PosixFilePermission> mode,
      boolean cleanup,
      SelectorLoops loops)
      throws IOException {
    ServerSocketChannel channel = new UnixSocketFile(path, backlog, mode).bind();
    return listening(channel, UnixDomainSocketAddress.of(path), cleanup, loops);
  }

  /**
   * Takes over a channel that is bound, to a path or to an address of TCP.
   *
   * @param cleanup whether the file, if there is one, goes with the server
   * @throws IllegalArgumentException when it is not bound
   */
  public static AsyncServerChannel adopt(
      ServerSocketChannel channel, boolean cleanup, SelectorLoops loops) throws IOException {
    SocketAddress address = channel.getLocalAddress();
    if (address == null) {
      throw new IllegalArgumentException(
          "channel is " + channel + ": it must be bound to make a server of it");
    }
    return listening(channel, address, cleanup, loops);
  }

  private static AsyncServerChannel listening(
      ServerSocketChannel channel, SocketAddress address, boolean cleanup, SelectorLoops loops)
      throws IOException {
    Runnable removal = () -> {};
    try {
      removal = removal(address, cleanup);
      return new SelectorServerChannel(channel, loops, address, removal);
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
