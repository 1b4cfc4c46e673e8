package io.weir.architecture;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * States are pure: a class that has a state as an enum or a sealed interface has no booleans beside
 * it, no file is too large to be read, and the object with the lock of a connection stays small.
 * The exclusions have their reasons, and may only become fewer.
 */
class PureStatesTest {

  private static final int MAX_LINES = 450;
  private static final int MAX_FIELDS_OF_CONNECTION = 10;
  private static final Path SOURCES = Path.of("src/main/java");

  /** Classes with a boolean beside a state. */
  private static final Map<String, String> WITH_BOOLEANS =
      Map.of(
          "io.weir.ServerOptions$Values", "a bag of options: its enums are values, no states",
          "io.weir.TlsOptions$Values", "a bag of options: its enums are values, no states");

  @Test
  void a_class_with_a_state_has_no_booleans_beside_it() throws Exception {
    Map<String, Set<String>> found = new TreeMap<>();
    for (Class<?> type : classes()) {
      List<Field> fields = instanceFields(type);
      if (!type.isRecord() && !type.isEnum() && fields.stream().anyMatch(PureStatesTest::isState)) {
        Set<String> booleans =
            fields.stream()
                .filter(field -> field.getType() == boolean.class)
                .map(Field::getName)
                .collect(toCollection(TreeSet::new));
        if (!booleans.isEmpty()) {
          found.put(type.getName(), booleans);
        }
      }
    }

    assertEquals(new TreeSet<>(WITH_BOOLEANS.keySet()), found.keySet(), found::toString);
  }

  /** A state is of an enum or a sealed type of the class's own, and changes. */
  private static boolean isState(Field field) {
    Class<?> type = field.getType();
    return !Modifier.isFinal(field.getModifiers())
        && type.getName().startsWith("io.weir.")
        && (type.isEnum() || (type.isSealed() && type.isInterface()));
  }

  @Test
  void the_classes_of_a_connection_are_under_test() throws Exception {
    Set<String> withStates =
        classes().stream()
            .filter(type -> instanceFields(type).stream().anyMatch(PureStatesTest::isState))
            .map(Class::getName)
            .collect(toCollection(TreeSet::new));

    assertTrue(
        withStates.containsAll(
            Set.of(
                "io.weir.internal.stream.Lifecycle",
                "io.weir.internal.stream.InputState",
                "io.weir.internal.stream.OutputState",
                "io.weir.internal.stream.Watermarks",
                "io.weir.internal.stream.WriteCork",
                "io.weir.internal.stream.TlsUpgrade",
                "io.weir.internal.concurrent.AsyncOperation")),
        withStates::toString);
  }

  @Test
  void no_file_is_too_large_but_options() throws IOException {
    Map<String, Integer> found = new TreeMap<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        int lines = Files.readAllLines(file).size();
        String name = file.getFileName().toString();
        if (lines > MAX_LINES && !name.endsWith("Options.java")) {
          found.put(name, lines);
        }
      }
    }

    assertEquals(Map.of(), found);
  }

  @Test
  void a_connection_has_few_fields() throws Exception {
    List<String> fields = new ArrayList<>(); // of all its layers
    Class<?> layer = Class.forName("io.weir.internal.stream.Connection");
    while (layer != Object.class) {
      instanceFields(layer).forEach(field -> fields.add(field.getName()));
      layer = layer.getSuperclass();
    }

    assertTrue(fields.size() > 1, fields::toString);
    assertTrue(fields.size() <= MAX_FIELDS_OF_CONNECTION, fields::toString);
  }

  private static List<Field> instanceFields(Class<?> type) {
    return Arrays.stream(type.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic())
        .toList();
  }

  private static List<Class<?>> classes()
      throws IOException, URISyntaxException, ClassNotFoundException {
    Path root =
        Path.of(AsyncStreams.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Class<?>> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root.resolve("io/weir"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
        String name = root.relativize(file).toString().replace('/', '.');
        if (!name.endsWith("package-info.class")) {
          String typeName = name.substring(0, name.length() - ".class".length());
          all.add(
              Class.forName(
                  typeName, /* initialize= */ false, PureStatesTest.class.getClassLoader()));
        }
      }
    }
    assertTrue(all.size() > 100, () -> all.size() + " classes");
    return all;
  }
}
