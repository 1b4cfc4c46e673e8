package io.weir.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/** The interpreters of Python on this machine. */
public final class PythonInterpreters {

  private static final Path VERSIONS = Path.of(System.getProperty("user.home"), ".pyenv/versions");
  private static final Pattern VERSION = Pattern.compile("3\\.(\\d+)\\..*");
  private static final int OLDEST = 8;

  private PythonInterpreters() {}

  /** The usual one, and those of pyenv, where there are some; a part by default. */
  public static List<Named<String>> all() {
    return since(OLDEST);
  }

  /** The usual one, and those of pyenv that are of a version or newer; a part by default. */
  public static List<Named<String>> since(int minor) {
    Stream<Named<String>> others =
        ofPyenv().stream()
            .filter(version -> minorOf(version) >= minor)
            .map(version -> Named.of(nameOf(version), version.resolve("bin/python3").toString()));
    return Multiplicity.ends(
        Stream.concat(Stream.of(Named.of("python3", "python3")), others).toList());
  }

  private static List<Path> ofPyenv() {
    if (!Files.isDirectory(VERSIONS)) {
      return List.of();
    }
    try (Stream<Path> versions = Files.list(VERSIONS)) {
      return versions
          .filter(version -> Files.isExecutable(version.resolve("bin/python3")))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String nameOf(Path version) {
    return version.getFileName().toString();
  }

  private static int minorOf(Path version) {
    Matcher matcher = VERSION.matcher(nameOf(version));
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
  }
}
