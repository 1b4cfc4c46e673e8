package io.weir.internal.tls.pem;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Program;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;

/** What the tests of PEM files have in common: files with a text, and errors that keep secrets. */
final class PemText {

  private static final int SECRET_CHARACTERS = 8;

  private PemText() {}

  /** Writes a new file. */
  static Path file(Path directory, String text) throws IOException {
    return Files.writeString(Files.createTempFile(directory, "pem", ".pem"), text, ISO_8859_1);
  }

  /** Writes the texts of files one after the other to a new one. */
  static Path joined(Path directory, Path... files) throws IOException {
    StringBuilder all = new StringBuilder();
    for (Path each : files) {
      all.append(text(each));
    }
    return file(directory, all.toString());
  }

  /** What is in a file. */
  static String text(Path file) throws IOException {
    return Files.readString(file, ISO_8859_1);
  }

  /** A section of these bytes. */
  static String section(String label, byte[] content) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(label, lines, label);
  }

  /**
   * Asserts that something fails with an error that has some words, names the file, has no cause,
   * and tells no line that is in the file.
   */
  static void assertRefused(Path file, Executable action, String... words) throws IOException {
    IOException error = assertThrows(IOException.class, action);

    assertEquals(IOException.class, error.getClass());
    assertTrue(error.getMessage().contains("'" + file + "'"), error::getMessage);
    Stream.of(words)
        .forEach(word -> assertTrue(error.getMessage().contains(word), error::getMessage));
    assertTellsNothingOf(file, error);
  }

  private static void assertTellsNothingOf(Path file, IOException error) throws IOException {
    StringWriter told = new StringWriter();
    error.printStackTrace(new PrintWriter(told, true));
    assertFalse(told.toString().contains("Caused by"), told::toString);
    text(file)
        .lines()
        .map(String::strip)
        .filter(line -> line.length() >= SECRET_CHARACTERS && !line.startsWith("-----"))
        .flatMap(line -> Stream.of(line, line.substring(0, SECRET_CHARACTERS)))
        .forEach(secret -> assertFalse(told.toString().contains(secret), told::toString));
  }

  /** Runs openssl, which is to succeed. */
  static void openssl(Object... arguments) throws Exception {
    Stream<String> given = Stream.of(arguments).map(String::valueOf);
    List<String> command = Stream.concat(Stream.of("openssl"), given).toList();
    try (Program program = Program.program(command)) {
      program.assertEndsWell();
    }
  }
}
