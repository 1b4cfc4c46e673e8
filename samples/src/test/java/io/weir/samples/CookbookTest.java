package io.weir.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cookbook shows every program of the packages named cookbook. */
class CookbookTest {

  private static final Path PAGE = Path.of("../docs/cookbook.md");
  private static final Path MAIN = Path.of("src/main");

  static List<Path> programs() throws IOException {
    List<Path> programs = new ArrayList<>(filesIn(MAIN.resolve("java/io/weir/samples/cookbook")));
    programs.addAll(filesIn(MAIN.resolve("kotlin/io/weir/samples/cookbook")));
    programs.removeIf(file -> file.endsWith("package-info.java"));
    return programs;
  }

  private static List<Path> filesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void the_cookbook_shows_this_program(Path program) throws IOException {
    new Listing(PAGE).assertShows(program);
  }

  @Test
  void the_cookbook_shows_no_code_that_is_not_compiled() throws IOException {
    try (Stream<String> lines = Files.lines(PAGE)) {
      long fences = lines.filter(line -> line.startsWith("```")).count();
      assertEquals(2L * programs().size(), fences);
    }
  }

  @Test
  void every_recipe_is_in_both_languages_or_of_use_to_both() throws IOException {
    List<String> names = programs().stream().map(file -> file.getFileName().toString()).toList();
    List<String> shared = List.of("HttpHead.java", "Resp.java");
    for (String name : names) {
      String twin =
          name.endsWith(".kt") ? name.replace(".kt", ".java") : name.replace(".java", ".kt");
      assertTrue(shared.contains(name) || names.contains(twin), name + " has no " + twin);
    }
  }
}
