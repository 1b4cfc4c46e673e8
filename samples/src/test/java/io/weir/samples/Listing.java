package io.weir.samples;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A page of Markdown that shows programs that compile, each in a code block of its own. */
record Listing(Path page) {

  /** Checks that the page shows a program, except for the line with its package. */
  void assertShows(Path program) throws IOException {
    String text =
        Files.readString(program)
            .lines()
            .filter(line -> !line.startsWith("package "))
            .collect(joining("\n"))
            .strip();
    String block = "```" + languageOf(program) + "\n" + text + "\n```";
    assertTrue(Files.readString(page).contains(block), page + " lacks " + program);
  }

  private static String languageOf(Path program) {
    String name = program.toString();
    return name.endsWith(".py") ? "python" : name.endsWith(".kt") ? "kotlin" : "java";
  }
}
