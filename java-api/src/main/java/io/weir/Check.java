package io.weir;

import io.weir.internal.channel.IpLiteral;
import java.nio.ByteBuffer;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks arguments. The messages contain the argument, its value and the allowed values. */
final class Check {

  private static final int MAX_PORT = 65_535;
  private static final int MAX_SHORT_NAME = 255;

  private Check() {}

  static int notNegative(String name, int value) {
    return (int) notNegative(name, (long) value);
  }

  static long notNegative(String name, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " is " + value + ": it can not be less than zero");
    }
    return value;
  }

  static int positive(String name, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " is " + value + ": it cannot be <= 0");
    }
    return value;
  }

  static ByteBuffer writable(String name, ByteBuffer value) {
    if (Objects.requireNonNull(value, name).isReadOnly()) {
      throw new IllegalArgumentException(
          name + " is " + value + ": it is read-only, so nothing can be read into it");
    }
    return value;
  }

  static Duration positive(String name, Duration value) {
    if (Objects.requireNonNull(value, name).isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " is " + value + ": it must be more than 0");
    }
    return value;
  }

  static Duration atLeast(Duration least, String name, Duration value) {
    if (Objects.requireNonNull(value, name).compareTo(least) < 0) {
      throw new IllegalArgumentException(
          name + " is " + value + ": it must be at least " + least.toMillis() + " ms");
    }
    return value;
  }

  static @Nullable Duration positiveOrNull(String name, @Nullable Duration value) {
    return value == null ? null : positive(name, value);
  }

  static Duration notNegative(String name, Duration value) {
    if (Objects.requireNonNull(value, name).isNegative()) {
      throw new IllegalArgumentException(name + " is " + value + ": it can not be less than zero");
    }
    return value;
  }

  static String host(String name, String value) {
    if (Objects.requireNonNull(value, name).isEmpty()) {
      throw new IllegalArgumentException(name + " is empty: give a name or an address");
    }
    return nameOrAddress(name, value);
  }

  /** Checks a host that may be empty. */
  static String nameOrAddress(String name, String value) {
    if (IpLiteral.isNoHost(value)) {
      throw new IllegalArgumentException(
          name
              + " is '"
              + value
              + "': a host with ':' must be an IPv6 address; give host and port separately");
    }
    return value;
  }

  /** Checks names: at least one, and none empty. */
  static List<String> names(String kind, String... values) {
    List<String> names = noNulls(kind, Arrays.asList(Objects.requireNonNull(values, "names")));
    if (names.isEmpty() || names.contains("")) {
      throw new IllegalArgumentException(
          "there is " + (names.isEmpty() ? "no " : "an empty ") + kind + " in " + names);
    }
    return names;
  }

  private static List<String> noNulls(String kind, List<String> values) {
    values.forEach(value -> Objects.requireNonNull(value, "there is a null " + kind));
    return List.copyOf(values);
  }

  /** Checks names for a ClientHello: 1 to 255 bytes each, one byte per character. */
  static List<String> shortNames(String kind, String... values) {
    List<String> names = names(kind, values);
    for (String name : names) {
      if (name.length() > MAX_SHORT_NAME || name.chars().anyMatch(each -> each > 0xff)) {
        throw new IllegalArgumentException(
            kind
                + " '"
                + name
                + "' must have at most "
                + MAX_SHORT_NAME
                + " characters, each of one byte (ISO 8859-1)");
      }
    }
    return names;
  }

  /** Checks names of things that the JDK supports. */
  static List<String> supported(String kind, String[] values, String[] existing) {
    List<String> names = names(kind, values);
    for (String name : names) {
      if (!Arrays.asList(existing).contains(name)) {
        throw new IllegalArgumentException(
            kind + " '" + name + "' is not known to this JDK, which knows " + List.of(existing));
      }
    }
    return names;
  }

  static String notEmpty(String name, String value) {
    if (Objects.requireNonNull(value, name).isEmpty()) {
      throw new IllegalArgumentException(name + " is empty: give at least one character");
    }
    return value;
  }

  static byte[] notEmpty(String name, byte[] value) {
    Objects.requireNonNull(value, name);
    if (value.length == 0) {
      throw new IllegalArgumentException(
          name + " is empty: a separator should be at least a one-byte string");
    }
    return value;
  }

  static int port(int value, int smallest) {
    if (value < smallest || value > MAX_PORT) {
      throw new IllegalArgumentException(
          "port is " + value + ": it must be from " + smallest + " to " + MAX_PORT);
    }
    return value;
  }

  static Set<PosixFilePermission> permissions(String name, String value) {
    try {
      return Set.copyOf(PosixFilePermissions.fromString(Objects.requireNonNull(value, name)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          name + " is '" + value + "': it must have the format of ls, such as rw-rw----", e);
    }
  }

  static Path path(String name, Path value) {
    Objects.requireNonNull(value, name);
    if (value.toString().isEmpty()) {
      throw new IllegalArgumentException(name + " is empty: give the path of the socket's file");
    }
    if (value.getFileSystem() != FileSystems.getDefault()) {
      throw new IllegalArgumentException(
          name
              + " is "
              + value
              + " of "
              + value.getFileSystem()
              + ": give a path of the default file system");
    }
    return value;
  }
}
