package io.weir.internal.channel;

import io.weir.internal.log.Reason;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Determines why a Unix domain socket cannot be bound or connected, from the state of its path. The
 * JDK has one exception for most values of errno, and the text of strerror depends on the locale.
 */
final class UnixPath {

  /** The maximum length of the path in a socket address: the JDK leaves 2 of 108 bytes unused. */
  private static final int MAX_BYTES = 106;

  /** The maximum length of a file name on the file systems of Linux. */
  private static final int MAX_NAME_BYTES = 255;

  /** Stands for bytes that are not text in the encoding of the file system. */
  private static final char UNDECODED = '\uFFFD';

  private UnixPath() {}

  /** Returns whether the path or its file name exceeds the limit of the system. */
  static boolean isTooLong(Path path) {
    Path name = path.getFileName();
    return bytesIn(path) > MAX_BYTES || (name != null && bytesIn(name) > MAX_NAME_BYTES);
  }

  /** Returns how many bytes a path is shorter than the limit; negative when it is longer. */
  static int room(Path path) {
    return MAX_BYTES - bytesIn(path);
  }

  private static int bytesIn(Path path) {
    if (path.toString().indexOf(UNDECODED) >= 0) {
      Path base = Path.of("").toAbsolutePath();
      return rawBytesIn(path.toAbsolutePath()) - (path.isAbsolute() ? 0 : rawBytesIn(base) + 1);
    }
    String encoding = System.getProperty("sun.jnu.encoding");
    Charset charset = encoding == null ? Charset.defaultCharset() : Charset.forName(encoding);
    return path.toString().getBytes(charset).length;
  }

  /** Returns the number of bytes of an absolute path that need not be text. */
  private static int rawBytesIn(Path path) {
    String encoded = path.toUri().getRawPath().replaceFirst("/$", ""); // of a directory
    return encoded.replaceAll("%..", "_").length();
  }

  /** Returns whether the path does not exist; false when permission to look is missing. */
  static boolean isMissing(Path path) {
    try {
      Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return false;
    } catch (AccessDeniedException e) {
      return false;
    } catch (IOException e) { // its class depends on the JDK
      return true;
    }
  }

  /** Returns the directory of a path. */
  static Path directoryOf(Path path) {
    Path parent = path.toAbsolutePath().getParent();
    return parent == null ? path : parent;
  }

  /** Returns the reason of a failed bind or connect, in words; by default the system's text. */
  static String reasonOf(Path path, Exception cause) {
    Path directory = directoryOf(path);
    if (isTooLong(path)) {
      return "the path is too long: "
          + bytesIn(path)
          + " bytes, and a socket address has room for "
          + MAX_BYTES;
    }
    if (Files.notExists(directory)) {
      return "its directory does not exist";
    }
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      return directory + " is not a directory";
    }
    if (cause instanceof AccessDeniedException) {
      return "permission denied";
    }
    return Reason.of(cause);
  }
}
