package io.weir.architecture;

import static java.util.Map.entry;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Which of CPython's tests are ported, as a list that is checked in: none is forgotten, and a
 * reason to leave one out does not outlive its cause.
 */
class ParityListTest {

  private static final Path LIST = Path.of("src/test/resources/parity.txt");

  /** The classes that port each file of CPython's, with those inside them. */
  private static final Map<String, Set<String>> PORTS =
      Map.ofEntries(
          entry(
              "test_streams.py",
              Set.of("io.weir.parity.StreamsParityTest", "io.weir.parity.StreamsDrainParityTest")),
          entry("test_server.py", Set.of("io.weir.parity.ServerParityTest")),
          entry("test_ssl.py", Set.of("io.weir.parity.SslParityTest")),
          entry("test_sslproto.py", Set.of("io.weir.parity.SslprotoParityTest")),
          entry("test_selector_events.py", Set.of("io.weir.parity.SelectorTransportParityTest")),
          entry("test_proactor_events.py", Set.of("io.weir.parity.ProactorTransportParityTest")),
          entry("test_unix_events.py", Set.of("io.weir.parity.UnixEventsParityTest")),
          entry("test_events.py", Set.of("io.weir.parity.EventsParityTest")),
          entry("test_base_events.py", Set.of("io.weir.parity.BaseEventsParityTest")),
          entry("test_transports.py", Set.of("io.weir.parity.TransportsParityTest")),
          entry("test_staggered.py", Set.of("io.weir.internal.connect.HappyEyeballsTest")),
          entry("test_sock_lowlevel.py", Set.of("io.weir.parity.SockLowlevelParityTest")));

  private static final Pattern COUNT = Pattern.compile("(test_\\w+\\.py): (\\d+)");
  private static final Pattern ROW =
      Pattern.compile("(test_\\w+\\.py) \\w+\\.(test_\\w+)(?: -- (\\S.*))?");
  private static final Pattern WORD_START = Pattern.compile("_+([^_]?)");
  private static final Pattern NAME_OF_A_PORT = Pattern.compile("test[A-Z0-9]\\w*");
  private static final Pattern STAND_IN = Pattern.compile("(\\w+Test)\\.(\\w+)");

  /** A test of CPython's, and why it is not ported, null when it is. */
  private record Row(String file, String method, @Nullable String reason) {

    boolean isPorted() {
      return ours.stream().anyMatch(test -> test.ports(file) && test.method.equals(method));
    }
  }

  /** A test of ours, and the class that it is in, which may be inside of others. */
  private record Ours(Class<?> type, String method) {

    boolean ports(String file) {
      return PORTS.getOrDefault(file, Set.of()).contains(outermost());
    }

    String outermost() {
      return type.getName().replaceAll("\\$.*", "");
    }

    boolean isListed() {
      return rows.stream().anyMatch(row -> ports(row.file) && row.method.equals(method));
    }

    boolean is(String simpleName, String name) {
      return outermost().endsWith("." + simpleName) && method.equals(name);
    }
  }

  private static final Map<String, Long> counts = new TreeMap<>();
  private static final List<Row> rows = new ArrayList<>();
  private static final List<Ours> ours = new ArrayList<>();

  @BeforeAll
  static void readTheList() throws IOException {
    Files.readAllLines(LIST).stream()
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .forEach(ParityListTest::read);
  }

  private static void read(String line) {
    Matcher count = COUNT.matcher(line);
    Matcher row = ROW.matcher(line);
    if (count.matches()) {
      counts.put(count.group(1), Long.valueOf(count.group(2)));
    } else if (row.matches()) {
      rows.add(new Row(row.group(1), inCamelCase(row.group(2)), row.group(3)));
    } else {
      throw new AssertionError("neither a number of tests nor a test: " + line);
    }
  }

  private static String inCamelCase(String name) {
    return WORD_START.matcher(name).replaceAll(start -> start.group(1).toUpperCase(Locale.ROOT));
  }

  @BeforeAll
  static void findTheTests() throws Exception {
    Path classes =
        Path.of(ParityListTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Path> files;
    try (Stream<Path> all = Files.walk(classes)) {
      files = all.map(classes::relativize).filter(ParityListTest::isClass).toList();
    }
    for (Path file : files) {
      addTests(Class.forName(nameOf(file), false, ParityListTest.class.getClassLoader()));
    }
  }

  private static boolean isClass(Path file) {
    return file.toString().endsWith(".class");
  }

  private static String nameOf(Path file) {
    String path = file.toString();
    return path.substring(0, path.length() - ".class".length())
        .replace(file.getFileSystem().getSeparator(), ".");
  }

  private static void addTests(Class<?> type) {
    Stream.of(type.getDeclaredMethods())
        .filter(method -> AnnotationSupport.isAnnotated(method, Testable.class))
        .forEach(method -> ours.add(new Ours(type, method.getName())));
  }

  private static List<Row> rowsThat(Predicate<Row> condition) {
    return rows.stream().filter(condition).toList();
  }

  @Test
  void the_list_has_as_many_tests_of_each_file_as_it_says() {
    assertEquals(counts, rows.stream().collect(groupingBy(Row::file, TreeMap::new, counting())));
  }

  @Test
  void no_test_is_listed_twice() {
    Set<String> seen = new HashSet<>();

    assertEquals(List.of(), rowsThat(row -> !seen.add(row.file + row.method)));
  }

  @Test
  void a_test_that_is_listed_without_a_reason_is_ported() {
    assertEquals(List.of(), rowsThat(row -> row.reason == null && !row.isPorted()));
  }

  @Test
  void a_test_that_is_listed_with_a_reason_is_not_ported() {
    assertEquals(List.of(), rowsThat(row -> row.reason != null && row.isPorted()));
  }

  @Test
  void a_test_that_is_ported_is_listed() {
    assertEquals(
        List.of(),
        ours.stream()
            .filter(test -> NAME_OF_A_PORT.matcher(test.method).matches() && !test.isListed())
            .toList());
  }

  @Test
  void what_a_reason_names_instead_is_there() {
    assertEquals(List.of(), rowsThat(row -> row.reason != null && !namesTests(row.reason)));
  }

  /** Whether all tests in a text exist. */
  private static boolean namesTests(String text) {
    return STAND_IN
        .matcher(text)
        .results()
        .allMatch(name -> ours.stream().anyMatch(test -> test.is(name.group(1), name.group(2))));
  }
}
