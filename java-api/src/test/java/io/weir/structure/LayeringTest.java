package io.weir.structure;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
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
 * The layout of the code: each class uses only classes of its own floor or of floors below, read
 * from the compiled classes with jdeps.
 */
class LayeringTest {

  /** The house, from the top floor down. A class belongs to the first floor that lists it. */
  private static final List<Set<String>> FLOORS =
      List.of(
          Set.of("AsyncStreams", "MemoryStreams"),
          Set.of("Opening", "Binding"),
          Set.of("Server"),
          Set.of("Clients"),
          Set.of("HandlerRunner"),
          Set.of("OpenStreams", "HostLookUp", "Shutdown"),
          Set.of("ConnectOptions", "ServerOptions", "ConnectionHandler"),
          Set.of("StreamValues"),
          Set.of("AsyncRuntime"),
          Set.of("StreamConnection", "LoggedErrors", "RuntimeOptions"),
          Set.of("LineLoop", "StreamReader", "StreamWriter", "ErrorListener"),
          Set.of("CurrentTransport", "ErrorStage"),
          Set.of("Transport"),
          Set.of("ExtraInfo"),
          Set.of("TransportSocket"),
          Set.of("Connection"),
          Set.of("TlsLayer"),
          Set.of("ReadPump", "WritePump", "AcceptLoop"),
          Set.of("Inbox", "Watchdog"),
          Set.of("Terms"),
          Set.of("ReadRequest"),
          Set.of("ReadBuffer", "WriteQueue", "WriteLimits", "OneOperation", "Callbacks"),
          Set.of("Waiter", "TlsFailures"),
          Set.of("TlsOptions"),
          Set.of("TlsMaterial", "Origin"),
          Set.of(
              "StreamFuture",
              "StreamEnd",
              "Check",
              "TlsSide",
              "ClientAuth",
              "AddressFamily",
              "TcpImplementation",
              "AddressResolver",
              "CloseReason",
              "ShutdownReport",
              "Timeouts"),
          Set.of("TlsTruncationException", "ByteSearch"),
          Set.of(
              "ConnectionLostException",
              "IncompleteReadException",
              "LimitOverrunException",
              "TlsException"),
          Set.of("TlsFailure"));

  /** The packages, from the top down. */
  private static final List<String> PACKAGES =
      List.of(
          "io.weir",
          "io.weir.internal.tls",
          "io.weir.internal.connect",
          "io.weir.internal.channel",
          "io.weir.internal.time",
          "io.weir.internal.thread",
          "io.weir.internal.log");

  /** Classes that know each other, and why they may. */
  private static final Map<String, String> SAME_FLOOR =
      Map.of("LineLoop", "StreamReader", "StreamReader", "LineLoop");

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

  /** Of each outer class, the outer classes it uses. */
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
    assertTrue(uses.get("io.weir.Connection").contains("io.weir.ReadPump"), uses::toString);
    assertTrue(uses.size() > 30, uses.keySet()::toString);
  }

  @Test
  void nothing_outside_the_jdk_is_used_but_the_annotations_of_jspecify() {
    Set<String> foreign =
        uses.values().stream()
            .flatMap(Set::stream)
            .filter(name -> !name.startsWith("java.") && !name.startsWith("io.weir."))
            .filter(name -> !name.startsWith("javax.") && !name.startsWith("jdk.net."))
            .filter(name -> !name.startsWith("org.jspecify.annotations."))
            .collect(toCollection(TreeSet::new));

    assertEquals(Set.of(), foreign);
  }

  @Test
  void every_package_uses_only_those_below_it() {
    List<String> wrong = new ArrayList<>();
    forEachUse(
        (user, used) -> {
          int from = PACKAGES.indexOf(packageOf(user));
          int to = PACKAGES.indexOf(packageOf(used));
          if (from < 0 || to < from) {
            wrong.add(user + " -> " + used);
          }
        });

    assertEquals(List.of(), wrong);
  }

  @Test
  void every_class_of_the_exported_package_uses_only_those_on_lower_floors() {
    List<String> wrong = new ArrayList<>();
    forEachUse(
        (user, used) -> {
          if (packageOf(user).equals("io.weir") && packageOf(used).equals("io.weir")) {
            String from = simple(user);
            String to = simple(used);
            if (floorOf(to) <= floorOf(from) && !to.equals(SAME_FLOOR.get(from))) {
              wrong.add(from + " -> " + to);
            }
          }
        });

    assertEquals(List.of(), wrong);
  }

  @Test
  void every_class_has_its_floor() {
    Set<String> homeless =
        uses.keySet().stream()
            .filter(name -> packageOf(name).equals("io.weir"))
            .map(LayeringTest::simple)
            .filter(name -> !name.equals("package-info") && floorOf(name) < 0)
            .collect(toCollection(TreeSet::new));

    assertEquals(Set.of(), homeless);
    assertFalse(uses.isEmpty());
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

  private static String simple(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static int floorOf(String name) {
    for (int floor = 0; floor < FLOORS.size(); floor++) {
      if (FLOORS.get(floor).contains(name)) {
        return floor;
      }
    }
    return -1;
  }
}
