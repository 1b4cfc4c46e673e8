package io.weir.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.benchmarks.server.Contender;
import io.weir.benchmarks.server.LibrarySource;
import io.weir.benchmarks.server.Tls;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaselineTest {

  private static final Load ECHO =
      new Load(
          "echo",
          List.of("--size", "64", "--connections", "1"),
          Metric.THOUSANDS,
          true,
          "netty-nio",
          "jdk-nio",
          List.of(Entry.of("weir-java", "--sink"), Entry.of("weir-kotlin"), Entry.of("netty-nio")));

  @Test
  void servers_of_weir_run_on_the_baseline_as_well_if_it_has_the_jars_for_them(
      @TempDir Path directory) throws IOException {
    String java = copyOf(Contender.WEIR_JAVA, directory);
    String kotlin = copyOf(Contender.WEIR_KOTLIN, directory);
    assertEquals(
        List.of("weir-java sink", "weir-java sink (baseline)", "weir-kotlin", "netty-nio"),
        labels(ECHO.with(Baseline.of(java))));
    assertEquals(
        List.of(
            "weir-java sink",
            "weir-java sink (baseline)",
            "weir-kotlin",
            "weir-kotlin (baseline)",
            "netty-nio"),
        labels(ECHO.with(Baseline.of(kotlin))));
    assertEquals(labels(ECHO), labels(ECHO.with(Baseline.NONE)));
  }

  @Test
  void a_baseline_without_the_library_is_refused(@TempDir Path directory) {
    String empty = directory.toString();
    String missing = directory.resolve("missing.jar").toString();
    assertThrows(IllegalArgumentException.class, () -> Baseline.of(empty));
    assertThrows(NoSuchFileException.class, () -> Baseline.of(missing));
  }

  @Test
  void a_server_on_the_baseline_loads_the_library_from_there(@TempDir Path directory)
      throws IOException {
    Baseline baseline = Baseline.of(copyOf(Contender.WEIR_KOTLIN, directory));
    try (Trial trial = trial(Entry.of("weir-kotlin").on(baseline))) {
      for (int window = 0; window < 2; window++) {
        assertTrue(hasMessages(trial), "no window has messages");
      }
    }
  }

  /** A busy machine may answer nothing in one short window. */
  private static boolean hasMessages(Trial trial) throws IOException {
    boolean found = false;
    for (int window = 0; window < 20 && !found; window++) {
      found = trial.window().perSecond() > 0;
    }
    return found;
  }

  @Test
  void a_server_that_loads_the_library_from_elsewhere_is_not_measured(@TempDir Path directory) {
    Entry entry = Entry.of("weir-java").on(new Baseline(List.of(directory)));
    try (Trial trial = trial(entry)) {
      IllegalStateException refused = assertThrows(IllegalStateException.class, trial::window);
      assertTrue(refused.getMessage().contains("instead of the baseline"), refused::getMessage);
    }
  }

  @Test
  void the_table_has_the_ratios_within_each_window_to_the_baseline() {
    Entry now = Entry.of("weir-java");
    Entry before = now.on(new Baseline(List.of(Path.of("old.jar"))));
    Results results =
        new Results(
            new Load("echo", List.of(), Metric.THOUSANDS, true, "", "", List.of(now, before)));
    for (double ratio : new double[] {1.1, 0.9, 1.2, 1.0, 1.3}) {
      results.add(now, new Outcome(200 * ratio, Double.NaN, 0, 0));
      results.add(before, new Outcome(200, Double.NaN, 0, 0));
    }
    results.add(now, null);
    results.add(before, new Outcome(1000, Double.NaN, 0, 0));
    String row =
        "| echo | weir-java | thousand messages / CPU s | 220 | 200 | 1.100 | 1.000–1.200 | 5 |";
    String table = RatioTable.toBaseline(List.of(results));
    assertEquals(row, table.lines().reduce("", (earlier, line) -> line));
  }

  @Test
  void a_server_and_its_baseline_run_at_the_same_time() {
    Entry now = Entry.of("weir-java", "--threads", "2");
    Entry before = now.on(new Baseline(List.of(Path.of("old.jar"))));
    Entry other = Entry.of("weir-java");
    Load load =
        new Load("", List.of(), Metric.THOUSANDS, true, "", "", List.of(now, before, other));
    assertEquals(List.of(List.of(now, before), List.of(other)), load.groups(false));
    assertEquals(List.of(List.of(now, before, other)), load.groups(true));
  }

  @Test
  void there_is_no_table_of_ratios_without_a_baseline() {
    assertEquals("", RatioTable.toBaseline(List.of(new Results(ECHO))));
  }

  private static Trial trial(Entry entry) {
    Tls none = new Tls(Path.of("none"), Path.of("none"));
    return new Trial(none, new Timing(0.1, 0.2, 2), ECHO, entry);
  }

  private static List<String> labels(Load load) {
    return load.entries().stream().map(Entry::label).toList();
  }

  /** Copies the jars, or folders of classes, that these tests have Weir from. */
  private static String copyOf(Contender contender, Path directory) throws IOException {
    StringBuilder jars = new StringBuilder();
    for (Class<?> type : contender.library()) {
      Path jar = directory.resolve(type.getName() + ".jar");
      copy(LibrarySource.of(type), jar);
      jars.append(jars.isEmpty() ? "" : File.pathSeparator).append(jar);
    }
    return jars.toString();
  }

  private static void copy(Path source, Path jar) throws IOException {
    if (Files.isDirectory(source)) {
      zip(source, jar);
    } else if (!Files.exists(jar)) {
      Files.copy(source, jar);
    }
  }

  private static void zip(Path folder, Path jar) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Path file : files) {
        String name = folder.relativize(file).toString().replace(File.separatorChar, '/');
        zip.putNextEntry(new ZipEntry(name));
        Files.copy(file, zip);
      }
    }
  }
}
