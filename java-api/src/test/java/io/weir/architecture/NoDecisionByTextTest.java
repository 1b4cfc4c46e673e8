package io.weir.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No code decides by the text of an error: the system's texts depend on the locale. Only the
 * classes that word failures of TLS do, because the JDK has nothing else there.
 */
class NoDecisionByTextTest {

  private static final Path SOURCES = Path.of("src/main/java");

  private static final Set<String> WITH_TEXTS = Set.of("io/weir/internal/tls/TlsExceptions.java");

  /** The text of an error. */
  private static final String TEXT =
      "(?:(?:getMessage|getLocalizedMessage)\\(\\)|\\b(?:Reason\\.of|textOf)\\([^()]*\\))";

  /**
   * A variable of an error, by its usual names; {@code toString()} of others is no error's text.
   */
  private static final String ERROR =
      "(?:e|x|ex|error|cause|failure|refused|taken|undetermined|exception)";

  private static final String TEXT_OR_STRING =
      "(?:" + TEXT + "|\\b" + ERROR + "\\.toString\\(\\)|String\\.valueOf\\(" + ERROR + "\\))";

  private static final String DECISION =
      "(?:contains|contentEquals|equals|equalsIgnoreCase|startsWith|endsWith|matches|regionMatches"
          + "|indexOf|lastIndexOf|compareTo|compareToIgnoreCase|toLowerCase|toUpperCase|hashCode"
          + "|split|replaceAll|isEmpty|isBlank|length)\\(";

  private static final Pattern CALL_ON_THE_TEXT =
      Pattern.compile(TEXT_OR_STRING + "\\)*\\s*\\." + DECISION);

  private static final Pattern TEXT_AS_ARGUMENT =
      Pattern.compile(
          "(?:equals|matcher|contains|startsWith|endsWith|switch )\\s*\\([^;{]*?" + TEXT_OR_STRING);

  private static final Pattern VARIABLE =
      Pattern.compile("\\bString (\\w+)\\s*=[^;]*?" + TEXT_OR_STRING + "[^;]*;");

  @Test
  void no_class_decides_by_the_text_of_an_error() throws IOException {
    List<String> found = new ArrayList<>();
    Set<String> seen = new TreeSet<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        String name = SOURCES.relativize(file).toString();
        List<String> decisions = decisionsIn(Files.readString(file));
        if (WITH_TEXTS.contains(name)) {
          seen.add(decisions.isEmpty() ? name + " decides by no text" : name);
        } else {
          decisions.forEach(decision -> found.add(name + ": " + decision));
        }
      }
    }

    assertEquals(List.of(), found);
    assertEquals(WITH_TEXTS, seen);
  }

  private static List<String> decisionsIn(String source) {
    List<String> found = new ArrayList<>();
    for (Pattern pattern : List.of(CALL_ON_THE_TEXT, TEXT_AS_ARGUMENT)) {
      pattern.matcher(source).results().forEach(match -> found.add(match.group()));
    }
    Matcher variable = VARIABLE.matcher(source);
    while (variable.find()) {
      String name = variable.group(1);
      Pattern.compile("\\b" + name + "\\s*\\." + DECISION + "|(?:equals|matcher)\\(" + name + "\\)")
          .matcher(source)
          .results()
          .forEach(match -> found.add(match.group()));
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "String.valueOf(e.getMessage()).contains(\"No such file\")",
        "e.getMessage()\n    .startsWith(\"x\")",
        "e.toString().toLowerCase(Locale.ROOT)",
        "\"x\".equals(error.getMessage())",
        "PATTERN.matcher(e.getLocalizedMessage()).find()",
        "switch (e.getMessage()) {",
        "Reason.of(e).contains(\"x\")",
        "PATTERN.matcher(textOf(error)).find()",
        "String reason = String.valueOf(cause.getMessage());\n return !reason.contains(TOO_LONG);",
      })
  void a_decision_is_recognized(String source) {
    assertTrue(!decisionsIn(source).isEmpty(), source);
  }
}
