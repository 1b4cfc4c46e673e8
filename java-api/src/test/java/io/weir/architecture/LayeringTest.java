package io.weir.architecture;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The layers of the code: a class uses only classes of its own package, of the packages below, and
 * the value types. The uses come from the compiled classes, which jdeps reads.
 */
class LayeringTest {

  /** The packages, from the top down. */
  private static final List<String> PACKAGES =
      List.of(
          "io.weir",
          "io.weir.channels",
          "io.weir.internal.server",
          "io.weir.internal.connect",
          "io.weir.internal.observe",
          "io.weir.internal.stream",
          "io.weir.internal.runtime",
          "io.weir.internal.tls",
          "io.weir.internal.tls.pem",
          "io.weir.internal.channel",
          "io.weir.internal.concurrent",
          "io.weir.internal.jfr",
          "io.weir.internal.log");

  /** The value types of the API: every package may use them, and they use only each other. */
  private static final Set<String> VALUES =
      Set.of(
          "io.weir.AddressFamily",
          "io.weir.ClientAuth",
          "io.weir.CloseReason",
          "io.weir.ConnectionInfo",
          "io.weir.ConnectionLostException",
          "io.weir.ConnectionObserver",
          "io.weir.Decoded",
          "io.weir.Decoder",
          "io.weir.ErrorStage",
          "io.weir.IncompleteReadException",
          "io.weir.LimitOverrunException",
          "io.weir.ShutdownReport",
          "io.weir.TlsException",
          "io.weir.TlsFailure",
          "io.weir.TlsSide",
          "io.weir.TlsTruncationException",
          "io.weir.WriteLimits");

  private static final Pattern USE = Pattern.compile("^ {3}(io\\.weir\\.\\S+) +-> (\\S+) .*");

  private static Map<String, Set<String>> uses;

  @BeforeAll
  static void readTheClasses() throws URISyntaxException {
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out);
    ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
    String modulePath = System.getProperty("java.class.path");
    int result =
        jdeps.run(
            writer,
            writer,
            "-verbose:class",
            "-filter:none",
            "--module-path",
            jspecify(modulePath),
            classes().toString());
    writer.flush();
    assertEquals(0, result, out::toString);
    uses = parse(out.toString());
  }

  private static Path classes() throws URISyntaxException {
    return Path.of(AsyncStreams.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static String jspecify(String classPath) {
    return Pattern.compile(File.pathSeparator)
        .splitAsStream(classPath)
        .filter(entry -> entry.contains("jspecify"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("jspecify is not on the class path: " + classPath));
  }

  /** Maps each outer class to the outer classes that it uses. */
  private static Map<String, Set<String>> parse(String listing) {
    Map<String, Set<String>> found = new HashMap<>();
    for (String line : listing.lines().toList()) {
      Matcher use = USE.matcher(line);
      if (use.matches()) {
        String user = outer(use.group(1));
        String used = outer(use.group(2));
        Set<String> all = found.computeIfAbsent(user, name -> new TreeSet<>());
        if (!used.equals(user)) {
          all.add(used);
        }
      }
    }
    return found;
  }

  private static String outer(String name) {
    return name.replaceAll("\\$.*", "");
  }

  @Test
  void the_classes_are_seen() {
    assertTrue(
        uses.get("io.weir.internal.stream.Connection")
            .contains("io.weir.internal.stream.ChannelLifecycle"));
    assertTrue(uses.size() > 30, uses.keySet()::toString);
  }

  @Test
  void nothing_outside_the_jdk_is_used_but_the_annotations_of_jspecify() {
    Set<String> foreign =
        uses.values().stream()
            .flatMap(Set::stream)
            .filter(name -> !name.startsWith("java.") && !name.startsWith("io.weir."))
            .filter(name -> !name.startsWith("javax.") && !name.startsWith("jdk.net."))
            .filter(name -> !name.startsWith("jdk.jfr."))
            .filter(name -> !name.startsWith("org.jspecify.annotations."))
            .collect(toCollection(TreeSet::new));

    assertEquals(Set.of(), foreign);
  }

  @Test
  void a_class_of_the_module_jdk_net_is_used_only_where_a_program_asks_for_it() {
    Set<String> users =
        uses.keySet().stream()
            .filter(name -> uses.get(name).stream().anyMatch(used -> used.startsWith("jdk.net.")))
            .collect(toCollection(TreeSet::new));

    assertEquals(Set.of("io.weir.ExtraInfo"), users);
  }

  @Test
  void classes_of_the_module_jdk_jfr_are_used_only_by_the_package_of_events() {
    Set<String> users =
        uses.keySet().stream()
            .filter(name -> uses.get(name).stream().anyMatch(used -> used.startsWith("jdk.jfr.")))
            .map(name -> name.substring(0, name.lastIndexOf('.')))
            .collect(toCollection(TreeSet::new));

    assertEquals(Set.of("io.weir.internal.jfr"), users);
  }

  @Test
  void every_package_uses_only_those_below_it() {
    List<String> wrong = new ArrayList<>();
    forEachUse(
        (user, used) -> {
          int from = PACKAGES.indexOf(packageOf(user));
          int to = PACKAGES.indexOf(packageOf(used));
          if (!VALUES.contains(used) && (from < 0 || to < from)) {
            wrong.add(user + " -> " + used);
          }
        });

    assertEquals(List.of(), wrong);
  }

  @Test
  void value_types_use_only_each_other() {
    List<String> wrong = new ArrayList<>();
    forEachUse(
        (user, used) -> {
          if (VALUES.contains(user) && !VALUES.contains(used)) {
            wrong.add(user + " -> " + used);
          }
        });

    assertEquals(List.of(), wrong);
    assertTrue(uses.keySet().containsAll(VALUES), VALUES::toString);
  }

  @Test
  void no_class_uses_itself_through_others() {
    Set<String> inCycles =
        uses.keySet().stream()
            .filter(name -> usedBy(uses.get(name)).contains(name))
            .collect(toCollection(TreeSet::new));

    assertEquals(Set.of(), inCycles);
  }

  /** Returns the classes that some classes use, directly or through other classes. */
  private static Set<String> usedBy(Set<String> some) {
    Set<String> reached = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(some);
    while (!open.isEmpty()) {
      String next = open.remove();
      if (uses.containsKey(next) && reached.add(next)) {
        open.addAll(uses.get(next));
      }
    }
    return reached;
  }

  private interface Use {
    void see(String user, String used);
  }

  private static void forEachUse(Use action) {
    uses.forEach(
        (user, all) ->
            all.stream()
                .filter(used -> used.startsWith("io.weir."))
                .forEach(used -> action.see(user, used)));
  }

  private static String packageOf(String name) {
    return name.substring(0, name.lastIndexOf('.'));
  }
}
