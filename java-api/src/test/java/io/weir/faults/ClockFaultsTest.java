package io.weir.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ClockFaultsTest {

  /** What would follow the wall clock. */
  private static final List<String> WALL_CLOCK =
      List.of(
          "currentTimeMillis",
          "java/time/Instant",
          "java/time/Clock",
          "java/time/LocalDateTime",
          "java/time/ZonedDateTime",
          "java/util/Date",
          "java/util/Timer",
          "parkUntil",
          "awaitUntil");

  /** It writes down the dates in a certificate, and looks at no clock. */
  private static final String TELLS_DATES = "RefusedCertificateException.class";

  @Test
  void F62_nothing_asks_the_wall_clock_so_that_its_jumps_move_no_timer() throws Exception {
    List<Path> classes = classesOfWeir();
    List<String> found = new ArrayList<>();
    for (Path file : classes) {
      String names = new String(Files.readAllBytes(file), ISO_8859_1); // names stand there as such
      WALL_CLOCK.stream().filter(names::contains).forEach(name -> found.add(file + ": " + name));
    }

    assertTrue(classes.size() > 20, () -> "found only " + classes);
    assertEquals(List.of(), found);
  }

  private static List<Path> classesOfWeir() throws Exception {
    Path root =
        Path.of(AsyncStreams.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.toString().endsWith(".class"))
          .filter(file -> !file.endsWith(TELLS_DATES))
          .toList();
    }
  }
}
