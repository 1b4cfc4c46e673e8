package io.weir.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Compares the map of the code in docs/architecture.md with the folders: every class stands there
 * once, in its package, with one line. With {@code -Dweir.map.update=true} the map is written anew:
 * lines of known classes are kept, also when a class has moved, and new classes get the first
 * sentence of their Javadoc.
 */
class ArchitectureMapTest {

  private static final Path SOURCES = Path.of("src/main/java");
  private static final Path PAGE = Path.of("../docs/architecture.md");
  private static final String UPDATE = "weir.map.update";

  private static final String START = "<!-- map -->";
  private static final String END = "<!-- /map -->";
  private static final String HEAD = "| package | class | what |\n|---|---|---|\n";

  private static final Pattern ROW = Pattern.compile("\\| `(\\S+)` \\| `(\\w+)` \\| (.*) \\|");

  private static final String DECLARATION =
      "(?m)^(?:(?:public|abstract|final|sealed|non-sealed) )*(?:class|interface|record|enum) %s\\b";

  private static final Pattern TAG = Pattern.compile("\\{@\\w+\\s+#?([^}\\s]+)([^}]*)\\}");
  private static final Pattern SENTENCE = Pattern.compile("(.*?\\.)(?:\\s|$).*");

  /** A class, by its package and its name. */
  private record Type(String packageName, String name) {}

  private static String page;
  private static List<Type> inFolders;

  @BeforeAll
  static void read() throws IOException {
    page = Files.readString(PAGE);
    try (Stream<Path> files = Files.walk(SOURCES)) {
      inFolders =
          files
              .filter(ArchitectureMapTest::isClass)
              .map(ArchitectureMapTest::typeOf)
              .sorted(Comparator.comparing(Type::packageName).thenComparing(Type::name))
              .toList();
    }
    if (Boolean.getBoolean(UPDATE)) {
      page = withMap(newMap());
      Files.writeString(PAGE, page);
    }
  }

  private static boolean isClass(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".java") && !name.endsWith("-info.java");
  }

  private static Type typeOf(Path file) {
    String packageName = SOURCES.relativize(file.getParent()).toString().replaceAll("[/\\\\]", ".");
    return new Type(packageName, file.getFileName().toString().replace(".java", ""));
  }

  private static String map() {
    int start = page.indexOf(START);
    int end = page.indexOf(END);
    assertTrue(0 <= start && start < end, "the map has lost its markers, " + START + " and " + END);
    return page.substring(start + START.length(), end);
  }

  private static List<Type> listed() {
    List<Type> types = new ArrayList<>();
    rows().forEach(row -> types.add(new Type(row.group(1), row.group(2))));
    return types;
  }

  private static List<Matcher> rows() {
    return map().lines().map(ROW::matcher).filter(Matcher::matches).toList();
  }

  @Test
  void every_class_is_listed_once_in_its_package() {
    assertEquals(
        inFolders,
        listed(),
        "the map in docs/architecture.md is not that of the folders: run this test with -D"
            + UPDATE
            + "=true, and read what it has written");
  }

  @Test
  void every_class_has_a_line() {
    List<String> empty =
        rows().stream().filter(row -> row.group(3).isBlank()).map(row -> row.group(2)).toList();

    assertEquals(List.of(), empty);
  }

  // ---- the update ----

  private static String withMap(String map) {
    return page.replace(map(), "\n\n" + map + "\n");
  }

  private static String newMap() throws IOException {
    Map<Type, String> known = new HashMap<>();
    Map<String, String> knownByName = new HashMap<>();
    for (Matcher row : rows()) {
      known.put(new Type(row.group(1), row.group(2)), row.group(3));
      knownByName.put(row.group(2), row.group(3));
    }
    StringBuilder map = new StringBuilder(HEAD);
    for (Type type : inFolders) {
      String line = known.getOrDefault(type, knownByName.get(type.name()));
      map.append("| `%s` | `%s` | ".formatted(type.packageName(), type.name()))
          .append(line == null ? firstSentence(type) : line)
          .append(" |\n");
    }
    return map.toString();
  }

  private static String firstSentence(Type type) throws IOException {
    Path file =
        SOURCES.resolve(type.packageName().replace('.', '/')).resolve(type.name() + ".java");
    String source = Files.readString(file);
    Matcher declaration = Pattern.compile(DECLARATION.formatted(type.name())).matcher(source);
    int start = declaration.find() ? source.lastIndexOf("/**", declaration.start()) : -1;
    if (start < 0) {
      return "";
    }
    String javadoc = source.substring(start + "/**".length(), source.indexOf("*/", start));
    String text = javadoc.replaceAll("\\n\\s*\\* ?", " ").replaceAll("<[^>]+>", " ");
    String plain =
        TAG.matcher(text).replaceAll(ArchitectureMapTest::tagText).replaceAll("\\s+", " ").strip();
    Matcher sentence = SENTENCE.matcher(plain);
    return (sentence.matches() ? sentence.group(1) : plain).replace("|", "/");
  }

  /** The text of a link that has one, otherwise the name that it refers to, as code. */
  private static String tagText(MatchResult tag) {
    String text = tag.group(2).strip();
    return Matcher.quoteReplacement(text.isEmpty() ? "`" + tag.group(1) + "`" : text);
  }
}
