package io.weir.samples;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.samples.docs.EchoAwait;
import io.weir.samples.docs.EchoFutures;
import io.weir.testing.Program;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The pages of the documentation: their programs are compiled, their links have a target, and the
 * README is short. No test of this class uses the network.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DocsTest {

  private static final Path ROOT = Path.of("..");

  /** Where the programs of the pages are, so that they are compiled. */
  private static final List<String> SOURCES =
      List.of("src/main", "src/test/java", "src/test/kotlin", "src/test/resources/python");

  /** A page with a test of its own. */
  private static final String COOKBOOK = "docs/cookbook.md";

  private static final Set<String> COMPILED = Set.of("java", "kotlin", "python");
  private static final int README_LINES = 190;

  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("#{1,6} (.*)");

  private final Map<String, String> pages = new HashMap<>();

  DocsTest() throws IOException {
    for (String folder : List.of("", "docs", "benchmarks")) {
      try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
        for (Path file : files.filter(each -> each.toString().endsWith(".md")).toList()) {
          pages.put(nameOf(file), Files.readString(file));
        }
      }
    }
  }

  private static String nameOf(Path file) {
    return ROOT.relativize(file).normalize().toString().replace('\\', '/');
  }

  // ---- programs ----

  @Test
  void every_program_on_a_page_is_compiled() throws IOException {
    List<String> sources = sources();
    List<String> missing = new ArrayList<>();
    pages.forEach(
        (page, text) -> {
          if (!page.equals(COOKBOOK)) {
            programsOf(text).stream()
                .filter(program -> sources.stream().noneMatch(each -> each.contains(program)))
                .forEach(program -> missing.add(page + ":\n" + program));
          }
        });

    assertEquals(List.of(), missing, "programs that are not in the sources of the samples");
  }

  private static List<String> sources() throws IOException {
    List<String> sources = new ArrayList<>();
    for (String folder : SOURCES) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        for (Path file : files.filter(DocsTest::isSource).toList()) {
          sources.add(normalized(Files.readString(file)));
        }
      }
    }
    return sources;
  }

  private static boolean isSource(Path file) {
    return file.toString().matches(".*\\.(java|kt|py)");
  }

  /** The programs of a page. */
  private static List<String> programsOf(String page) {
    List<String> programs = new ArrayList<>();
    StringBuilder program = null;
    for (String line : page.lines().toList()) {
      if (line.startsWith("```")) {
        if (program != null) {
          programs.add(normalized(program.toString()));
          program = null;
        } else if (COMPILED.contains(line.substring("```".length()))) {
          program = new StringBuilder();
        }
      } else if (program != null) {
        program.append(line).append('\n');
      }
    }
    return programs;
  }

  /** A program without white space and package: a formatter breaks lines where a page does not. */
  private static String normalized(String program) {
    return program
        .lines()
        .filter(line -> !line.startsWith("package "))
        .collect(joining())
        .replaceAll("\\s", "");
  }

  @Test
  void the_four_programs_of_the_readme_print_what_they_have_echoed() throws Exception {
    assertEchoes(Program.java(EchoAwait.class));
    assertEchoes(Program.java(EchoFutures.class));
    assertEchoes(Program.java(Class.forName("io.weir.samples.docs.EchoKt")));
    assertEchoes(Program.python("docs/echo.py"));
  }

  private static void assertEchoes(Program program) throws InterruptedException {
    try (program) {
      assertEquals(List.of("Hello World!"), program.restOfLines());
      program.assertEndsWell();
    }
  }

  // ---- the README ----

  @Test
  void the_readme_fits_on_three_screens() {
    assertTrue(page("README.md").lines().count() <= README_LINES, "README.md is too long");
  }

  @Test
  void the_readme_has_the_command_of_the_build() throws IOException {
    String command = "mvn -B -ntp verify";

    assertTrue(page("README.md").contains("\n" + command + "\n"));
    assertTrue(Files.readString(ROOT.resolve(".ci/run")).contains("\n" + command + "\n"));
  }

  private String page(String name) {
    String page = pages.get(name);
    assertTrue(page != null, name + " is missing");
    return page;
  }

  // ---- links ----

  @Test
  void every_link_has_a_target() {
    List<String> broken = new ArrayList<>();
    pages.forEach(
        (page, text) ->
            LINK.matcher(prose(text))
                .results()
                .map(link -> link.group(1))
                .filter(link -> !hasTarget(page, link))
                .forEach(link -> broken.add(page + ": " + link)));

    assertEquals(List.of(), broken);
  }

  /** A page without its programs and its inline code. */
  private static String prose(String page) {
    return page.replaceAll("(?ms)^```.*?^```$", "").replaceAll("`[^`\n]*`", "`");
  }

  private boolean hasTarget(String page, String link) {
    if (link.matches("[a-z]+:.*")) {
      return isUri(link);
    }
    String[] parts = link.split("#", 2);
    Path target = ROOT.resolve(page).resolveSibling(parts[0]).normalize();
    String file = parts[0].isEmpty() ? page : nameOf(target);
    if (!pages.containsKey(file)) {
      return Files.exists(target) && parts.length == 1;
    }
    return parts.length == 1 || anchors(page(file)).contains(parts[1]);
  }

  /** Whether a link to another site is well-formed. Whether the site has it is not checked. */
  private static boolean isUri(String link) {
    try {
      URI uri = new URI(link);
      return uri.getScheme().equals("https") && uri.getHost() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /** The anchors of a page: its headings, as GitHub and the site spell them. */
  private static Set<String> anchors(String page) {
    Set<String> anchors = new HashSet<>();
    for (String line : page.replaceAll("(?ms)^```.*?^```$", "").lines().toList()) {
      Matcher heading = HEADING.matcher(line);
      if (heading.matches()) {
        anchors.add(
            heading
                .group(1)
                .strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-'));
      }
    }
    return anchors;
  }
}
