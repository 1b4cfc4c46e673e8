package io.weir.testing;

import io.weir.AsyncStreams;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Assertions;

/** Runs a main class of the tests in a JVM of its own. */
public final class ChildJvm {

  /** A jar of each folder of classes, which all tests of this JVM share. */
  private static final Map<Path, Path> JARS = new ConcurrentHashMap<>();

  private ChildJvm() {}

  /**
   * Returns the command. The class path has jars: a jar stays open, so classes can be loaded when
   * no file handle is left.
   */
  public static List<String> command(Class<?> main, String... options) throws URISyntaxException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    String classPath = jarOf(AsyncStreams.class) + File.pathSeparator + jarOf(main);
    command.addAll(List.of("-cp", classPath, main.getName()));
    return command;
  }

  /** Returns the command of a shell that sets a limit and then runs another command. */
  public static List<String> withLimit(String limit, List<String> command) {
    List<String> limited = new ArrayList<>(List.of("sh", "-c", limit + " && exec \"$@\"", "sh"));
    limited.addAll(command);
    return limited;
  }

  /** Returns a jar of the folder that contains a class. */
  private static Path jarOf(Class<?> one) throws URISyntaxException {
    Path classes = Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
    return JARS.computeIfAbsent(classes, ChildJvm::newJar);
  }

  private static Path newJar(Path classes) {
    Path jar;
    try {
      jar = Files.createTempFile("weir-test", ".jar");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    jar.toFile().deleteOnExit();
    ToolProvider tool = ToolProvider.findFirst("jar").orElseThrow();
    int result =
        tool.run(
            System.out,
            System.err,
            "--create",
            "--no-compress",
            "--file",
            jar.toString(),
            "-C",
            classes.toString(),
            ".");
    Assertions.assertEquals(0, result);
    return jar;
  }
}
