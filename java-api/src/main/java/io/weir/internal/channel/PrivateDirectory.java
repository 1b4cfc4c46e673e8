package io.weir.internal.channel;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A temporary directory that only this user can enter. Closing deletes it; it must be empty then.
 *
 * @param path the path of the directory
 */
record PrivateDirectory(Path path) implements Closeable {

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  /** The number of names with up to four characters. */
  private static final int NAMES = 36 * 36 * 36 * 36;

  private static final int MAX_TRIES = 100;

  /**
   * Creates a directory beside a file. Its name is short, because the path of a socket is limited
   * to about 100 bytes.
   */
  static PrivateDirectory beside(Path file) throws IOException {
    for (int tries = 1; ; tries++) {
      String name = "." + Integer.toString(ThreadLocalRandom.current().nextInt(NAMES), 36);
      try {
        return new PrivateDirectory(
            Files.createDirectory(
                file.resolveSibling(name), PosixFilePermissions.asFileAttribute(PRIVATE)));
      } catch (FileAlreadyExistsException taken) { // by another server that starts, for example
        if (tries == MAX_TRIES) {
          throw taken;
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    Files.delete(path);
  }
}
