package io.weir.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * Another program that takes part in a test, and what it prints. It ends with the test. A test
 * whose program is not installed is skipped, but fails where the environment has {@code CI}.
 */
public final class Program implements AutoCloseable {

  /** What the reading thread puts behind the last line. */
  private static final String END = "<end of output>";

  private final Process process;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final List<String> seen = new ArrayList<>();

  private Program(Process process) {
    this.process = process;
    Thread reader = new Thread(this::readLines, "output of " + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts a Python script of the test resources.
   *
   * @param script its name in the directory {@code python}
   * @param arguments what to give it
   */
  public static Program python(String script, Object... arguments) throws IOException {
    return pythonOf("python3", script, arguments);
  }

  /**
   * Starts a Python script of the test resources.
   *
   * @param interpreter which runs it
   * @param script its name in the directory {@code python}
   * @param arguments what to give it
   */
  public static Program pythonOf(String interpreter, String script, Object... arguments)
      throws IOException {
    Stream<String> given = Arrays.stream(arguments).map(String::valueOf);
    return program(Stream.concat(Stream.of(interpreter, "-u", path(script)), given).toList());
  }

  /**
   * Starts a class of the tests in a JVM of its own.
   *
   * @param main the class
   * @param arguments what to give it
   */
  public static Program java(Class<?> main, Object... arguments) throws IOException {
    return program(javaCommand(main, arguments));
  }

  /** The words that start a class of the tests in a JVM of its own. */
  public static List<String> javaCommand(Class<?> main, Object... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    Arrays.stream(arguments).map(String::valueOf).forEach(command::add);
    return command;
  }

  /** Starts a program; the first of the words is its name. */
  public static Program program(List<String> command) throws IOException {
    return program(command, null);
  }

  /** Starts a program in a directory; the first of the words is its name. */
  public static Program programIn(Path directory, List<String> command) throws IOException {
    return program(command, directory.toFile());
  }

  private static Program program(List<String> command, @Nullable File directory)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).directory(directory);
    try {
      return new Program(builder.start());
    } catch (IOException e) {
      if (isInstalled(command.get(0))) {
        throw e;
      }
      return missing(command.get(0));
    }
  }

  private static boolean isInstalled(String program) {
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    return Arrays.stream(path.split(":"))
        .anyMatch(directory -> Path.of(directory, program).toFile().canExecute());
  }

  private static Program missing(String program) {
    String reason = program + " is not installed";
    if (System.getenv("CI") != null) {
      return fail(reason);
    }
    return Assumptions.abort(reason);
  }

  private static String path(String script) {
    URL url = Objects.requireNonNull(Program.class.getResource("/python/" + script), script);
    try {
      return Path.of(url.toURI()).toString();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private void readLines() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      reader.lines().forEach(lines::add);
    } catch (IOException | RuntimeException closed) { // with the process
      lines.add(String.valueOf(closed.getMessage()));
    }
    lines.add(END);
  }

  /** The next line that it prints. */
  public String line() throws InterruptedException {
    @Nullable String line = lines.poll(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS);
    seen.add(String.valueOf(line));
    assertTrue(line != null && !line.equals(END), () -> "it printed only " + seen);
    return line;
  }

  /** The next line with a text in it; those before are passed over. */
  public String lineWith(String part) throws InterruptedException {
    String line = line();
    while (!line.contains(part)) {
      line = line();
    }
    return line;
  }

  /** Types at its keyboard. */
  public void type(String text) throws IOException {
    process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Ends what it reads from its keyboard. */
  public void endInput() throws IOException {
    process.getOutputStream().close();
  }

  /** The port on which it says that it listens, in a line of {@code port} and the number. */
  public int port() throws InterruptedException {
    String line = line();
    return line.startsWith("port ")
        ? Integer.parseInt(line.substring("port ".length()))
        : fail("not a port: " + line + " " + new ArrayList<>(lines));
  }

  /** Waits for its end, which is to be a good one. */
  public void assertEndsWell() throws InterruptedException {
    assertTrue(
        process.waitFor(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS),
        () -> "still running after " + seen + " " + lines);
    assertEquals(0, process.exitValue(), () -> seen + " " + lines);
  }

  /** The process. */
  public ProcessHandle handle() {
    return process.toHandle();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      assertTrue(process.waitFor(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
