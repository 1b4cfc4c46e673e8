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

  /** The length of a name after its dot, which makes a collision unlikely. */
  static final int NAME_LENGTH = 4;

  private static final int MAX_TRIES = 100;

  /**
   * Creates a directory beside a file. Its name is short, because the path of a socket is limited
   * to about 100 bytes.
   */
  static PrivateDirectory beside(Path file) throws IOException {
    return beside(file, NAME_LENGTH);
  }

  /**
   * Creates a directory beside a file.
   *
   * @param length the maximum length of its name after the dot, at least 1
   */
  static PrivateDirectory beside(Path file, int length) throws IOException {
    int names = (int) Math.pow(Character.MAX_RADIX, length);
    for (int tries = 1; ; tries++) {
      int number = ThreadLocalRandom.current().nextInt(names);
      String name = "." + Integer.toString(number, Character.MAX_RADIX);
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
