package io.weir.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.AsyncStreams;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * GraalVM's native-image sees what code calls by name, so the library needs no file in {@code
 * META-INF/native-image}. It would need one for what is found at run time: members by reflection,
 * resources, services, serialized classes, proxies, native methods. The calls come from the
 * compiled classes, which javap reads. No test runs native-image.
 */
class NativeImageTest {

  /** The class whose members follow in the listing. */
  private static final Pattern CLASS =
      Pattern.compile("(?:[a-z-]+ )*(?:class|interface|enum) (io\\.weir\\.[\\w.$]+).*");

  private static final Pattern FOUND_AT_RUN_TIME =
      Pattern.compile(
          "java/lang/Class\\.(?:forName|newInstance|getResource|getDeclared|getMethod|getField"
              + "|getConstructor|getRecordComponents|getPermittedSubclasses)\\w*"
              + "|java/lang/ClassLoader\\.(?!getSystemClassLoader)\\w+"
              + "|java/lang/(?:Module\\.getResource\\w*|System\\.load\\w*|Runtime\\.load\\w*)"
              + "|java/lang/reflect/\\w+\\.\\w+"
              + "|java/lang/invoke/MethodHandles\\$Lookup\\.(?!findVarHandle)\\w+"
              + "|java/util/(?:ServiceLoader|ResourceBundle)\\.\\w+"
              + "|java/io/Object(?:In|Out)putStream\\.\\w+");

  private static String listing;

  @BeforeAll
  static void readTheClasses() throws Exception {
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out);
    List<String> arguments = new ArrayList<>(List.of("-p", "-c"));
    Path classes = classes();
    try (Stream<Path> files = Files.walk(classes)) {
      files.map(Path::toString).filter(file -> file.endsWith(".class")).forEach(arguments::add);
    }
    ToolProvider javap = ToolProvider.findFirst("javap").orElseThrow();
    assertEquals(0, javap.run(writer, writer, arguments.toArray(String[]::new)), out::toString);
    listing = out.toString();
  }

  private static Path classes() throws URISyntaxException {
    return Path.of(AsyncStreams.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /**
   * A program that names a thread factory in a system property registers that class itself. Fields
   * of updaters and of variable handles have constant names, which native-image follows.
   */
  @Test
  void the_library_finds_nothing_at_run_time_but_the_thread_factory_of_a_system_property() {
    assertEquals(
        Set.of(
            "io.weir.channels.SelectorChannelProvider: java/lang/Class.forName",
            "io.weir.channels.SelectorChannelProvider: java/lang/Class.getDeclaredConstructor",
            "io.weir.channels.SelectorChannelProvider: java/lang/reflect/Constructor.newInstance"),
        calls());
  }

  private static Set<String> calls() {
    Set<String> calls = new TreeSet<>();
    String type = "";
    for (String line : listing.lines().toList()) {
      Matcher start = CLASS.matcher(line);
      if (start.matches()) {
        type = start.group(1);
      }
      Matcher call = FOUND_AT_RUN_TIME.matcher(line);
      if (line.contains("Method ") && call.find()) {
        calls.add(type + ": " + call.group());
      }
    }
    return calls;
  }

  @Test
  void no_method_is_native() {
    assertEquals(List.of(), listing.lines().filter(line -> line.contains(" native ")).toList());
  }

  @Test
  void the_library_has_no_resources() throws Exception {
    Path classes = classes();
    try (Stream<Path> files = Files.walk(classes)) {
      assertEquals(
          Set.of("META-INF/LICENSE", "META-INF/NOTICE"),
          files
              .filter(Files::isRegularFile)
              .map(file -> classes.relativize(file).toString())
              .filter(file -> !file.endsWith(".class"))
              .collect(Collectors.toSet()));
    }
  }
}
