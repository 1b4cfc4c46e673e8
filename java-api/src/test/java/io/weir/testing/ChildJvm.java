package io.weir.testing;

import io.weir.AsyncStreams;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Assertions;

/** Runs a main class of the tests in a JVM of its own. */
public final class ChildJvm {

  private ChildJvm() {}

  /**
   * The command for it.
   *
   * @param directory where to put jars of what is on the class path: a jar stays open, and so
   *     classes can be loaded when there is no file handle left
   */
  public static List<String> command(Path directory, Class<?> main, String... options)
      throws URISyntaxException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", jars(directory, main), main.getName()));
    return command;
  }

  /** The same, run by a shell that limits something before. */
  public static List<String> withLimit(String limit, List<String> command) {
    List<String> limited = new ArrayList<>(List.of("sh", "-c", limit + " && exec \"$@\"", "sh"));
    limited.addAll(command);
    return limited;
  }

  private static String jars(Path directory, Class<?> main) throws URISyntaxException {
    return jar(directory.resolve("main.jar"), AsyncStreams.class)
        + File.pathSeparator
        + jar(directory.resolve("test.jar"), main);
  }

  /** A jar of the classes that stand where this one does. */
  private static String jar(Path jar, Class<?> one) throws URISyntaxException {
    Path classes = Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
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
    return jar.toString();
  }
}
