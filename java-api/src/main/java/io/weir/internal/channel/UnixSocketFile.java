package io.weir.internal.channel;

import io.weir.internal.log.Printable;
import io.weir.internal.log.Reason;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file of a listening Unix domain socket.
 *
 * <p>Binding creates the file, and fails when the path exists. A stale socket, on which no server
 * listens, is then deleted. Anything else at the path is kept, and binding fails. A lock excludes
 * other binders that follow these rules, because two races are possible. Two binders that find the
 * same stale file could delete each other's new file. A socket that is bound but does not listen
 * yet looks stale.
 *
 * <p>A file with a mode is created in a private directory and linked to its path after its mode is
 * set. So the file is never visible with wider permissions.
 */
final class UnixSocketFile {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private static final int FILE_TYPE = 0170000;
  private static final int SOCKET = 0140000;

  private final Path path;
  private final int backlog;
  private final @Nullable Set<PosixFilePermission> mode;

  UnixSocketFile(Path path, int backlog, @Nullable Set<PosixFilePermission> mode) {
    this.path = path;
    this.backlog = backlog;
    this.mode = mode;
  }

  /**
   * Binds a socket to the path.
   *
   * @throws BindException when that fails; the message names the path and the obstacle
   */
  ServerSocketChannel bind() throws IOException {
    try {
      refuseUnlessStale(null);
      return bindLocked();
    } catch (RefusedException refused) {
      throw refused;
    } catch (IOException e) {
      throw refused(UnixPath.reasonOf(path, e), e);
    }
  }

  private ServerSocketChannel bindFree() throws IOException {
    return mode == null ? listenAt(path) : bindWithMode(mode);
  }

  private ServerSocketChannel listenAt(Path place) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      return channel.bind(UnixDomainSocketAddress.of(place), backlog);
    } catch (IOException | RuntimeException e) {
      Closeables.closeQuietly(channel);
      throw e;
    }
  }

  private ServerSocketChannel bindWithMode(Set<PosixFilePermission> permissions)
      throws IOException {
    int room = UnixPath.room(path.resolveSibling("./s")); // beside the name of the directory
    if (room < 1 && !UnixPath.isTooLong(path)) {
      throw refused(
          "the socket mode needs a temporary path, which is "
              + (1 - room)
              + " bytes too long: choose a directory with a shorter path",
          null);
    }
    int length = Math.max(1, Math.min(room, PrivateDirectory.NAME_LENGTH));
    try (PrivateDirectory closed = PrivateDirectory.beside(path, length)) {
      Path hidden = closed.path().resolve("s");
      try {
        ServerSocketChannel channel = listenAt(hidden);
        try {
          Files.setPosixFilePermissions(hidden, permissions);
          Files.createLink(path, hidden);
          return channel;
        } catch (IOException | RuntimeException e) {
          Closeables.closeQuietly(channel);
          throw e;
        }
      } finally {
        Files.deleteIfExists(hidden);
      }
    }
  }

  private ServerSocketChannel bindLocked() throws IOException {
    UnixLockFile lock = UnixLockFile.lock(path);
    try {
      return bindOrReplaceStale();
    } finally {
      lock.close();
    }
  }

  private ServerSocketChannel bindOrReplaceStale() throws IOException {
    try {
      return bindFree();
    } catch (BindException | FileAlreadyExistsException taken) {
      refuseUnlessStale(taken);
      Files.deleteIfExists(path);
      return bindFree();
    }
  }

  private void refuseUnlessStale(@Nullable IOException taken) throws IOException {
    Integer fileMode = modeAt(path);
    if (fileMode == null) {
      return; // deleted meanwhile
    }
    if ((fileMode & FILE_TYPE) != SOCKET) {
      throw refused("there is a file that is not a socket; it is kept", taken);
    }
    refuseIfServed(taken);
  }

  private static @Nullable Integer modeAt(Path place) throws IOException {
    try {
      return (Integer) Files.getAttribute(place, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * Throws unless the socket is stale. Only ECONNREFUSED means that no server listens. The kernel
   * reports a full backlog as EAGAIN, for which the JDK has no exception of its own.
   */
  private void refuseIfServed(@Nullable IOException taken) throws IOException {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      probe.connect(UnixDomainSocketAddress.of(path));
    } catch (ConnectException stale) {
      return;
    } catch (SocketException undetermined) {
      if (modeAt(path) == null) {
        return; // deleted meanwhile
      }
      throw refused(
          "address already in use: it is assumed that a server listens on it, because"
              + " connecting failed with: "
              + Reason.of(undetermined),
          undetermined);
    }
    throw refused("address already in use: a server listens on it", taken);
  }

  private RefusedException refused(String reason, @Nullable IOException cause) {
    RefusedException refused =
        new RefusedException("error while attempting to bind on path '" + path + "': " + reason);
    refused.initCause(cause);
    return refused;
  }

  /**
   * Returns the key that distinguishes a file from later ones of the same name, or null when there
   * is no file.
   */
  static @Nullable Object keyOf(Path place) throws IOException {
    try {
      return Files.getAttribute(place, "unix:fileKey", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * Deletes a file if it still has the key. Must be called before the socket is closed. Until then
   * no binder regards the file as stale, and no other file gets its key.
   */
  static void removeIfStill(Path place, @Nullable Object key) {
    try {
      if (key != null && key.equals(keyOf(place))) {
        Files.deleteIfExists(place);
      }
    } catch (IOException e) {
      LOG.log(
          Level.WARNING,
          Printable.text("the socket file " + place + " cannot be removed"),
          Printable.error(e));
    }
  }

  /** An error whose message is complete. */
  private static final class RefusedException extends BindException {

    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }
}
