package io.weir.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Compares the drawings of docs/states.md with those in the Javadoc of the internal classes. With
 * {@code -Dweir.states.update=true} the page is written again.
 */
class StateDrawingsTest {

  private static final Path SOURCES = Path.of("src/main/java/io/weir/internal");
  private static final Path PAGE = Path.of("../docs/states.md");
  private static final String UPDATE = "weir.states.update";

  private static final String START = "<!-- states -->\n";
  private static final String END = "<!-- /states -->\n";

  /** The first chapters: what a reader needs first. The other packages follow by their names. */
  private static final List<String> PACKAGES =
      List.of("stream", "server", "connect", "tls", "channel", "concurrent");

  private static final Pattern COMMENT = Pattern.compile("/\\*\\*.*?\\*/", Pattern.DOTALL);
  private static final Pattern DRAWING =
      Pattern.compile("<pre>\\n(?!\\{@code)(.*?)</pre>", Pattern.DOTALL);
  private static final Pattern SENTENCE = Pattern.compile("(.*?\\.)(?:\\s|$)", Pattern.DOTALL);

  @Test
  void the_page_has_the_drawings_of_the_classes() throws IOException {
    String page = Files.readString(PAGE);
    int start = page.indexOf(START) + START.length();
    int end = page.indexOf(END);
    assertTrue(START.length() <= start && start <= end, "the page lacks " + START + END);
    String drawings = drawings();
    if (Boolean.getBoolean(UPDATE)) {
      page = page.substring(0, start) + drawings + page.substring(end);
      Files.writeString(PAGE, page);
      end = page.indexOf(END);
    }

    assertEquals(
        page.substring(start, end),
        drawings,
        "docs/states.md differs from the Javadoc: run this test with -D" + UPDATE + "=true");
  }

  private static String drawings() throws IOException {
    StringBuilder all = new StringBuilder();
    for (String name : packages()) {
      StringBuilder ofPackage = new StringBuilder();
      try (Stream<Path> files = Files.list(SOURCES.resolve(name))) {
        for (Path file :
            files.filter(each -> each.toString().endsWith(".java")).sorted().toList()) {
          ofPackage.append(drawingsOf(file));
        }
      }
      if (!ofPackage.isEmpty()) {
        all.append("\n## Package ").append(name).append('\n').append(ofPackage);
      }
    }
    return all.append('\n').toString();
  }

  private static List<String> packages() throws IOException {
    try (Stream<Path> folders = Files.list(SOURCES)) {
      return folders
          .map(folder -> folder.getFileName().toString())
          .sorted(
              Comparator.comparing((String name) -> !PACKAGES.contains(name))
                  .thenComparing(PACKAGES::indexOf)
                  .thenComparing(name -> name))
          .toList();
    }
  }

  private static String drawingsOf(Path file) throws IOException {
    StringBuilder drawings = new StringBuilder();
    for (MatchResult comment : COMMENT.matcher(Files.readString(file)).results().toList()) {
      String text = comment.group().substring("/**".length()).replaceAll("(?m)^ *\\*/? ?", "");
      for (MatchResult drawing : DRAWING.matcher(text).results().toList()) {
        drawings
            .append("\n### ")
            .append(file.getFileName().toString().replace(".java", ""))
            .append("\n\n")
            .append(firstSentence(text))
            .append("\n\n```text\n")
            .append(unescaped(drawing.group(1)).stripTrailing().stripIndent())
            .append("\n```\n");
      }
    }
    return drawings.toString();
  }

  private static String firstSentence(String javadoc) {
    String plain =
        javadoc
            .replaceAll("(?s)\\{@link(?:plain)?\\s+[^}\\s]+\\s+([^}]*)\\}", "$1")
            .replaceAll("(?s)\\{@\\w+\\s+([^}]*)\\}", "`$1`")
            .replaceAll("\\s+", " ")
            .strip();
    return SENTENCE.matcher(plain).results().findFirst().map(each -> each.group(1)).orElse(plain);
  }

  private static String unescaped(String html) {
    return html.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&");
  }
}
