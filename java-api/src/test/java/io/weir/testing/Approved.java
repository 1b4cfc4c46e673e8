package io.weir.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Texts that are checked in, and compared with what a test prints. */
public final class Approved {

  private static final Path FOLDER = Path.of("src/test/resources/tables");
  private static final String UPDATE = "weir.tables.update";

  private Approved() {}

  /** Fails when a table differs from the file of this name; writes the file when told to. */
  public static void assertTable(String file, String table) throws IOException {
    Path path = FOLDER.resolve(file);
    if (Boolean.getBoolean(UPDATE)) {
      Files.createDirectories(FOLDER);
      Files.writeString(path, table);
    }
    assertEquals(
        Files.readString(path),
        table,
        "the table "
            + file
            + " has changed; when that is meant, write it anew with -D"
            + UPDATE
            + "=true");
  }
}
