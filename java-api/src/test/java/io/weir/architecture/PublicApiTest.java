package io.weir.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.AsyncStreams;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What callers can see, as a text that is checked in: a change of it is a decision, not an
 * accident.
 */
class PublicApiTest {

  private static final Path TEXT = Path.of("src/test/resources/public-api.txt");
  private static final String UPDATE = "weir.api.update";

  @Test
  void the_exported_api_is_the_one_that_is_written_down() throws Exception {
    String api = String.join("\n", describe()) + "\n";
    if (Boolean.getBoolean(UPDATE)) {
      Files.writeString(TEXT, api);
    }

    assertEquals(
        Files.readString(TEXT),
        api,
        "the exported API has changed; when that is meant, write it down with"
            + " mvn -pl java-api test -Dtest=PublicApiTest -D"
            + UPDATE
            + "=true");
  }

  @Test
  void the_class_files_have_the_names_of_parameters() throws Exception {
    List<Executable> without = new ArrayList<>();
    for (Class<?> type : exportedTypes()) {
      Stream.<Executable[]>of(type.getDeclaredConstructors(), type.getDeclaredMethods())
          .flatMap(Arrays::stream)
          .filter(member -> !member.isSynthetic())
          .filter(
              member -> !Arrays.stream(member.getParameters()).allMatch(Parameter::isNamePresent))
          .forEach(without::add);
    }

    assertEquals(List.of(), without);
  }

  private static Set<String> describe() throws Exception {
    Set<String> lines = new TreeSet<>();
    for (Class<?> type : exportedTypes()) {
      // Only newer JDKs say that a type is sealed.
      lines.add(type.toGenericString().replaceAll("^public |\\b(non-)?sealed ", ""));
      for (Constructor<?> constructor : type.getDeclaredConstructors()) {
        addIfSeen(lines, constructor, constructor.toGenericString());
      }
      for (Method method : type.getDeclaredMethods()) {
        if (!method.isSynthetic()) {
          addIfSeen(lines, method, method.toGenericString());
        }
      }
      for (Field field : type.getDeclaredFields()) {
        addIfSeen(lines, field, field.toGenericString());
      }
    }
    return lines;
  }

  private static void addIfSeen(Set<String> lines, Member member, String text) {
    if ((member.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0) {
      lines.add(text);
    }
  }

  private static List<Class<?>> exportedTypes()
      throws IOException, URISyntaxException, ClassNotFoundException {
    Path classes =
        Path.of(AsyncStreams.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Class<?>> seen = new ArrayList<>();
    for (String exported : exportedPackages(classes)) {
      for (String name : classNames(classes, exported)) {
        Class<?> type = Class.forName(name);
        if (isSeen(type)) {
          seen.add(type);
        }
      }
    }
    return seen;
  }

  private static List<String> exportedPackages(Path classes) throws IOException {
    try (InputStream descriptor = Files.newInputStream(classes.resolve("module-info.class"))) {
      return ModuleDescriptor.read(descriptor).exports().stream()
          .filter(exports -> !exports.isQualified())
          .map(ModuleDescriptor.Exports::source)
          .toList();
    }
  }

  private static List<String> classNames(Path classes, String exported) throws IOException {
    try (Stream<Path> files = Files.list(classes.resolve(exported.replace('.', '/')))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".class") && !name.startsWith("package-info"))
          .map(name -> exported + "." + name.substring(0, name.length() - ".class".length()))
          .toList();
    }
  }

  private static boolean isSeen(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    return Modifier.isPublic(type.getModifiers())
        && !type.isAnonymousClass()
        && (outer == null || isSeen(outer));
  }
}
