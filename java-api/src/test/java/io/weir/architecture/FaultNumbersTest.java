package io.weir.architecture;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Compares the numbers that begin the names of tests with the list that explains them, so that each
 * number can be looked up and no line outlives its tests.
 */
class FaultNumbersTest {

  private static final Path ROOT = Path.of("..");
  private static final Path LIST = ROOT.resolve("docs/faults.md");
  private static final List<String> MODULES =
      List.of("java-api", "kotlin-ext", "samples", "benchmarks");
  private static final String UPDATE = "weir.faults.update";

  /** The start of a test named after faults: one number or more, each before a _ or a blank. */
  private static final Pattern TEST = Pattern.compile("\\b(?:void|fun) `?((?:F\\d+[_ ])+)");

  private static final Pattern NUMBER = Pattern.compile("F\\d+");
  private static final Pattern ROW = Pattern.compile("\\| (F\\d+) \\| (.*) \\|.*\\|");

  private static final Comparator<String> BY_NUMBER =
      Comparator.comparingInt(number -> Integer.parseInt(number.substring(1)));

  private static final Map<String, Set<String>> used = new TreeMap<>(BY_NUMBER);
  private static final Set<String> listed = new TreeSet<>(BY_NUMBER);
  private static final List<String> twice = new ArrayList<>();

  @BeforeAll
  static void readTheTests() throws IOException {
    for (String module : MODULES) {
      Path tests = ROOT.resolve(module).resolve("src/test");
      try (Stream<Path> files = Files.walk(tests)) {
        for (Path file : files.filter(FaultNumbersTest::isSource).toList()) {
          readTests(file);
        }
      }
    }
  }

  private static boolean isSource(Path file) {
    return file.toString().endsWith(".java") || file.toString().endsWith(".kt");
  }

  private static void readTests(Path file) throws IOException {
    String name = file.getFileName().toString().replaceAll("\\.\\w+$", "");
    Matcher test = TEST.matcher(Files.readString(file));
    while (test.find()) {
      NUMBER
          .matcher(test.group(1))
          .results()
          .forEach(
              number -> used.computeIfAbsent(number.group(), key -> new TreeSet<>()).add(name));
    }
  }

  @BeforeAll
  static void readTheList() throws IOException {
    for (String line : Files.readAllLines(LIST)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        if (!listed.add(row.group(1))) {
          twice.add(row.group(1));
        }
      }
    }
  }

  @Test
  void the_tests_are_seen() {
    assertTrue(used.size() > 30, used::toString);
  }

  @Test
  void every_number_in_the_name_of_a_test_is_explained_once() {
    Set<String> unexplained = new TreeSet<>(used.keySet());
    unexplained.removeAll(listed);

    assertEquals(Set.of(), unexplained);
    assertEquals(List.of(), twice);
  }

  @Test
  void every_number_that_is_explained_is_used() {
    Set<String> unused = new TreeSet<>(listed);
    unused.removeAll(used.keySet());

    assertEquals(Set.of(), unused);
  }

  @Test
  void every_line_names_the_classes_of_its_tests() throws IOException {
    List<String> lines = Files.readAllLines(LIST);
    List<String> expected = lines.stream().map(FaultNumbersTest::withClasses).toList();
    if (Boolean.getBoolean(UPDATE)) {
      Files.write(LIST, expected);
      return;
    }

    lines.removeAll(expected);
    assertEquals(
        List.of(),
        lines,
        "the classes of these lines have changed: run this test with -D" + UPDATE + "=true");
  }

  private static String withClasses(String line) {
    Matcher row = ROW.matcher(line);
    if (!row.matches()) {
      return line;
    }
    String classes =
        used.getOrDefault(row.group(1), Set.of()).stream()
            .map(name -> "`" + name + "`")
            .collect(joining(", "));
    return "| " + row.group(1) + " | " + row.group(2) + " | " + classes + " |";
  }
}
