package io.weir.internal.channel;

import io.weir.internal.log.Printable;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The file of a listening Unix domain socket.
 *
 * <p>Binding makes the file, and fails when something is there. A socket on which nobody answers is
 * then removed. Anything else at the path is refused and kept. All of that is done under a lock
 * between all who bind by these rules: two that find the same stale file must not remove each
 * other's new one, and one that has bound and does not listen yet must not be taken for stale.
 *
 * <p>A file with a mode of its own is made in a directory that is closed to others, and linked to
 * its place when it has its mode: so there is no moment in which it is open wider.
 */
final class UnixSocketFile {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private static final int FILE_TYPE = 0170000;
  private static final int SOCKET = 0140000;
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  /** How many names of up to four characters a private directory can have. */
  private static final int NAMES = 36 * 36 * 36 * 36;

  private static final int MAX_TRIES = 100;

  /** File locks exclude other processes, and this one excludes the threads of this process. */
  private static final Object BINDING = new Object();

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
   * @throws BindException naming the path and what is in the way
   */
  ServerSocketChannel bind() throws IOException {
    try {
      refuseUnlessStale(null);
      return bindLocked();
    } catch (RefusedException refused) {
      throw refused;
    } catch (IOException e) {
      throw refused(reasonOf(e), e);
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
    Path closed = privateDirectory();
    Path hidden = closed.resolve("s");
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
      Files.delete(closed);
    }
  }

  /** One with a short name, as the path of a socket has little room. */
  private Path privateDirectory() throws IOException {
    for (int tries = 1; ; tries++) {
      String name = "." + Integer.toString(ThreadLocalRandom.current().nextInt(NAMES), 36);
      try {
        return Files.createDirectory(
            path.resolveSibling(name), PosixFilePermissions.asFileAttribute(PRIVATE));
      } catch (FileAlreadyExistsException taken) { // by another server that is just starting, say
        if (tries == MAX_TRIES) {
          throw taken;
        }
      }
    }
  }

  private Path parent() {
    Path parent = path.toAbsolutePath().getParent();
    return parent == null ? path : parent;
  }

  private ServerSocketChannel bindLocked() throws IOException {
    synchronized (BINDING) {
      Path lockFile = parent().resolve("." + path.getFileName() + ".lock");
      LockedFile lock = LockedFile.lock(lockFile);
      try {
        return bindOrReplaceStale();
      } finally {
        Files.deleteIfExists(lockFile);
        Closeables.closeQuietly(lock);
      }
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
      return; // it has just been removed
    }
    if ((fileMode & FILE_TYPE) != SOCKET) {
      throw refused("there is a file that is no socket; it is kept", taken);
    }
    if (somebodyAnswers()) {
      throw refused("address already in use, somebody answers on it", taken);
    }
  }

  private static @Nullable Integer modeAt(Path place) throws IOException {
    try {
      return (Integer) Files.getAttribute(place, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** Tries to connect; only a refusal means that nobody is there. */
  private boolean somebodyAnswers() throws IOException {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      probe.connect(UnixDomainSocketAddress.of(path));
      return true;
    } catch (ConnectException e) {
      return false;
    } catch (SocketException e) {
      if (modeAt(path) == null) {
        return false; // it has just been removed
      }
      if (String.valueOf(e.getMessage()).contains("temporarily unavailable")) {
        return true; // the backlog is full: somebody listens
      }
      throw refused("whether somebody answers cannot be told: " + e.getMessage(), e);
    }
  }

  private RefusedException refused(String reason, @Nullable IOException cause) {
    RefusedException refused =
        new RefusedException("error while attempting to bind on path '" + path + "': " + reason);
    refused.initCause(cause);
    return refused;
  }

  private static String reasonOf(IOException e) {
    return e instanceof NoSuchFileException
            || String.valueOf(e.getMessage()).contains("No such file")
        ? "its directory does not exist"
        : e instanceof AccessDeniedException ? "permission denied" : String.valueOf(e.getMessage());
  }

  /** What tells one file from another that takes its name; null when there is none. */
  static @Nullable Object keyOf(Path place) throws IOException {
    try {
      return Files.getAttribute(place, "unix:fileKey", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * Removes a file if it is still the one with a key. To be called before its socket is closed:
   * until then nobody takes it for stale, and no other file gets its key.
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

  /** Says what is in the way, in a text that is complete. */
  private static final class RefusedException extends BindException {

    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /** A locked file. */
  private record LockedFile(FileChannel locked, FileChannel sameFile) implements Closeable {

    /**
     * Locks a file of that name. Its owner removes it, so it may be gone by the time it is locked:
     * then it is made anew. Whether it is, is told by reading under its name what was written to
     * it. POSIX gives up a lock when any channel of the process to the file is closed, so the one
     * that it was read with is kept as well.
     */
    static LockedFile lock(Path file) throws IOException {
      while (true) {
        FileChannel locked = open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
          locked.lock(); // until the channel is closed
          FileChannel sameName = open(file, StandardOpenOption.READ);
          if (isSame(locked, sameName)) {
            return new LockedFile(locked, sameName);
          }
          sameName.close();
        } catch (NoSuchFileException removed) {
          // by its owner
        } catch (IOException | RuntimeException e) {
          Closeables.closeQuietly(locked);
          throw e;
        }
        locked.close();
      }
    }

    private static FileChannel open(Path file, OpenOption... how) throws IOException {
      Set<OpenOption> options = new HashSet<>(List.of(how));
      options.add(LinkOption.NOFOLLOW_LINKS);
      return FileChannel.open(file, options);
    }

    private static boolean isSame(FileChannel locked, FileChannel other) throws IOException {
      byte[] mark = UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8);
      locked.truncate(0).write(ByteBuffer.wrap(mark));
      ByteBuffer read = ByteBuffer.allocate(mark.length);
      other.read(read);
      return Arrays.equals(mark, read.array());
    }

    @Override
    public void close() throws IOException {
      try (locked) {
        sameFile.close();
      }
    }
  }
}
