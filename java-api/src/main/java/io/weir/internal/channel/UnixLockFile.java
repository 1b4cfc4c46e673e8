package io.weir.internal.channel;

import io.weir.internal.log.Printable;
import io.weir.internal.log.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Excludes other starts of a server on one path: a lock of the file {@code .NAME.lock} beside the
 * socket file {@code NAME}. The lock file is created if necessary. Closing deletes it.
 *
 * <p>Other programs, and other users in a directory such as /tmp, can put anything at that name, or
 * hold its lock. So every wait has a deadline, and nothing is ever written to the file. Only a file
 * that an earlier start may have left is used: an empty regular file of this user, without a second
 * name. If the file is replaced after that check, opening it does no harm: a symbolic link is not
 * followed, and a FIFO that is opened for reading and writing does not block.
 */
final class UnixLockFile implements Closeable {

  private static final System.Logger LOG = System.getLogger("io.weir");

  /** Starts hold the lock for about a millisecond. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final long POLL_MILLIS = 5;

  /** The real paths of the files that threads of this process have locked or are about to lock. */
  private static final Set<Path> IN_THIS_PROCESS = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final Path realFile;
  private final long deadline = System.nanoTime() + PATIENCE.toNanos();

  /**
   * Every channel of the file stays open until the lock is released, because POSIX releases it when
   * the process closes any of them.
   */
  private final List<FileChannel> channels = new ArrayList<>();

  private UnixLockFile(Path file, Path realFile) {
    this.file = file;
    this.realFile = realFile;
  }

  /**
   * Locks the lock file of a path. Called on a thread that may block.
   *
   * @throws IOException when the file cannot be used, is still locked after three seconds, or the
   *     thread is interrupted; the message names the file and what to do
   */
  static UnixLockFile lock(Path socket) throws IOException {
    Path directory = UnixPath.directoryOf(socket);
    String name = "." + socket.getFileName() + ".lock";
    UnixLockFile lock =
        new UnixLockFile(directory.resolve(name), directory.toRealPath().resolve(name));
    lock.excludeThreads();
    try {
      lock.excludeProcesses();
      return lock;
    } catch (IOException | RuntimeException e) {
      lock.release();
      throw e;
    }
  }

  private void excludeThreads() throws IOException {
    while (!IN_THIS_PROCESS.add(realFile)) {
      pause();
    }
  }

  /**
   * Locks the file at the path. The previous owner deletes the file before it releases the lock, so
   * the path may name another file by then. So the file at the path is opened and locked again,
   * until the JDK reports that this process has locked it already.
   */
  private void excludeProcesses() throws IOException {
    while (!lock(open())) { // another copy of this class, of another class loader, has locked it
      pause();
    }
    while (lock(open())) {
      pause();
    }
  }

  /** Acquires the lock of a file; returns false when this process has it already. */
  private boolean lock(FileChannel channel) throws IOException {
    try {
      while (channel.tryLock() == null) {
        pause();
      }
      return true;
    } catch (OverlappingFileLockException sameFile) {
      return false;
    }
  }

  private FileChannel open() throws IOException {
    refuseForeignFile();
    try {
      FileChannel channel =
          FileChannel.open(
              file,
              Set.of(
                  StandardOpenOption.CREATE,
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE,
                  LinkOption.NOFOLLOW_LINKS),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      channels.add(channel);
      return channel;
    } catch (FileSystemException e) {
      throw Files.exists(file, LinkOption.NOFOLLOW_LINKS)
          ? unusable("cannot be opened: " + Reason.of(e), e)
          : e; // its directory permits no file, for example
    }
  }

  private void refuseForeignFile() throws IOException {
    PosixFileAttributes found;
    Integer names;
    try {
      found = Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      names = (Integer) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException free) {
      return;
    }
    if (!found.isRegularFile()) {
      throw unusable("is not a regular file", null);
    }
    if (!found.owner().equals(ownUser())) {
      throw unusable("belongs to another user", null);
    }
    if (names != null && names > 1) { // 0 when its owner is deleting it
      throw unusable("is a hard link to a file with another name", null);
    }
    if (found.size() > 0) {
      throw unusable("is not empty", null);
    }
  }

  /** Returns the user to whom the file system assigns the files that this process creates. */
  private UserPrincipal ownUser() throws IOException {
    try (PrivateDirectory own = PrivateDirectory.beside(file)) {
      return Files.getOwner(own.path());
    }
  }

  private void pause() throws IOException {
    if (System.nanoTime() - deadline > 0) {
      throw unusable(
          "has been locked for "
              + PATIENCE.toSeconds()
              + " seconds by another program or another start of a server",
          null);
    }
    try {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    } catch (InterruptedException e) { // when the runtime closes
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the lock file " + file);
    }
  }

  private IOException unusable(String why, @Nullable IOException cause) {
    return new IOException(
        "the lock file "
            + file
            + " "
            + why
            + "; move it away if no server is starting at this path, or choose another path",
        cause);
  }

  private void release() {
    channels.forEach(Closeables::closeQuietly);
    IN_THIS_PROCESS.remove(realFile);
  }

  /** Deletes the file and releases its lock. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) { // it does not disturb the next start
      LOG.log(
          Level.WARNING,
          Printable.text("the lock file " + file + " cannot be removed"),
          Printable.error(e));
    } finally {
      release();
    }
  }
}
