package io.weir.samples;

import static org.junit.jupiter.api.Assumptions.abort;

import io.weir.testing.Program;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds a Python that is new enough: the one of the machine, or one that pyenv has. */
final class NewPython {

  private static final Path PYENV = Path.of(System.getProperty("user.home"), ".pyenv", "versions");

  private NewPython() {}

  /** The command of a Python 3 of a minor version or newer; without one the test is skipped. */
  static String atLeast(int minor) throws Exception {
    int installed = minorOf("python3");
    if (installed >= minor) {
      return "python3";
    }
    for (Path python : ofPyenv()) {
      if (minorOf(python.toString()) >= minor) {
        return python.toString();
      }
    }
    return abort("python3 is 3." + installed + ", and this needs 3." + minor);
  }

  private static int minorOf(String python) throws Exception {
    List<String> ask = List.of(python, "-c", "import sys; print(sys.version_info.minor)");
    try (Program answering = Program.withInput("", ask)) {
      return Integer.parseInt(answering.line());
    }
  }

  private static List<Path> ofPyenv() throws IOException {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(PYENV)) {
      try (DirectoryStream<Path> versions = Files.newDirectoryStream(PYENV, "3.[0-9]*")) {
        versions.forEach(version -> found.add(version.resolve("bin").resolve("python3")));
      }
    }
    found.removeIf(python -> !Files.isExecutable(python));
    return found;
  }
}
