package io.weir.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * Another program that takes part in a test: its input, its output, and its exit code, each within
 * a deadline. Closing this kills the program and its children. A test whose program is not
 * installed is skipped, but fails where the environment variable {@code CI} is set.
 */
public final class Program implements AutoCloseable {

  /** How long the next line, or the end of the program, may take. */
  public static final int DEADLINE_SECONDS = 40;

  /** Options with which a JVM starts fast and leaves the processors to the others. */
  private static final List<String> QUICK_START =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto");

  /** The port in a line: {@code port 80}, {@code ...:80}, or {@code ...:80 -> ...}. */
  private static final Pattern PORT = Pattern.compile("(?:port |.*?:)(\\d+)(?: -> .*)?");

  private final Process process;
  private final Lines out;
  private final Lines err;

  private Program(Process process) {
    this.process = process;
    this.out = new Lines(process.getInputStream(), "out of " + process.pid());
    this.err = new Lines(process.getErrorStream(), "err of " + process.pid());
  }

  // ---- starting ----

  /**
   * Starts a Python script of the test resources.
   *
   * @param script its name in the directory {@code python}
   * @param arguments its arguments
   */
  public static Program python(String script, Object... arguments) throws IOException {
    return pythonOf("python3", script, arguments);
  }

  /**
   * Starts a Python script of the test resources.
   *
   * @param interpreter the Python to run it with
   * @param script its name in the directory {@code python}
   * @param arguments its arguments
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
   * @param arguments its arguments
   */
  public static Program java(Class<?> main, Object... arguments) throws IOException {
    return program(javaCommand(main, arguments));
  }

  /** Returns the command that starts a class of the tests in a JVM of its own. */
  public static List<String> javaCommand(Class<?> main, Object... arguments) {
    return javaCommand(QUICK_START, main, arguments);
  }

  /** Returns the command that starts a class of the tests in a JVM with these options only. */
  public static List<String> javaCommand(
      List<String> jvmOptions, Class<?> main, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    Arrays.stream(arguments).map(String::valueOf).forEach(command::add);
    return command;
  }

  /** Starts a program, with its standard error among the lines of its output. */
  public static Program program(List<String> command) throws IOException {
    return start(new ProcessBuilder(command).redirectErrorStream(true));
  }

  /** Starts a program in a directory, with its standard error among the lines of its output. */
  public static Program programIn(Path directory, List<String> command) throws IOException {
    return start(
        new ProcessBuilder(command).redirectErrorStream(true).directory(directory.toFile()));
  }

  /**
   * Starts a program whose output and standard error are read apart.
   *
   * @param input everything that it reads from its standard input
   * @param command its name and arguments
   */
  public static Program withInput(String input, List<String> command) throws IOException {
    Program program = start(new ProcessBuilder(command));
    try {
      program.type(input);
      program.endInput();
    } catch (IOException ended) {
      // The program has ended already; its standard error says why.
    }
    return program;
  }

  private static Program start(ProcessBuilder builder) throws IOException {
    String name = builder.command().get(0);
    try {
      return new Program(builder.start());
    } catch (IOException e) {
      if (isInstalled(name)) {
        throw e;
      }
      return missing(name);
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

  // ---- output ----

  /** Returns the next line of the output. */
  public String line() throws InterruptedException {
    String line = out.next();
    return line == null
        ? fail("it printed only " + out.seen + ", and on standard error " + err.rest())
        : line;
  }

  /** Returns the next line of the output that contains a text, and skips those before. */
  public String lineWith(String part) throws InterruptedException {
    String line = line();
    while (!line.contains(part)) {
      line = line();
    }
    return line;
  }

  /** Returns what follows a text in the next line of the output, which starts with the text. */
  public String lineAfter(String start) throws InterruptedException {
    String line = line();
    assertTrue(line.startsWith(start), line);
    return line.substring(start.length());
  }

  /** Returns the port in the next line of the output. */
  public int port() throws InterruptedException {
    String line = line();
    Matcher port = PORT.matcher(line);
    return port.matches() ? Integer.parseInt(port.group(1)) : fail("not a port: " + line);
  }

  /** Returns the lines of the output from the next one to the last. */
  public List<String> restOfLines() throws InterruptedException {
    return out.rest();
  }

  /** Returns the next line of the standard error, or null after the last. */
  public @Nullable String errorLine() throws InterruptedException {
    return err.next();
  }

  /** Returns the lines of the standard error from the next one to the last. */
  public List<String> errors() throws InterruptedException {
    return err.rest();
  }

  // ---- input ----

  /** Writes a text to the standard input. */
  public void type(String text) throws IOException {
    process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Closes the standard input. */
  public void endInput() throws IOException {
    process.getOutputStream().close();
  }

  // ---- the end ----

  /** Waits for the program to end, and returns its exit code. */
  public int exitCode() throws InterruptedException {
    assertTrue(
        process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS),
        () -> "still running after " + out + " and " + err);
    return process.exitValue();
  }

  /** Waits for the program to end with exit code 0. */
  public void assertEndsWell() throws InterruptedException {
    assertEquals(0, exitCode(), () -> out + " and " + err);
  }

  /** Sends SIGTERM. (The method of {@link Process} would close the output, too.) */
  public void terminate() {
    handle().destroy();
  }

  /** Returns the handle of the process. */
  public ProcessHandle handle() {
    return process.toHandle();
  }

  /** Kills the program and its children, unless they have ended. */
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The lines of one of the program's streams, read by a thread so that the program never waits.
   */
  private static final class Lines {

    private final BlockingQueue<Optional<String>> queue = new LinkedBlockingQueue<>();
    private final List<String> seen = new ArrayList<>(); // confined to the thread of the test

    Lines(InputStream stream, String name) {
      Thread thread = new Thread(() -> readAll(stream), name);
      thread.setDaemon(true);
      thread.start();
    }

    private void readAll(InputStream stream) {
      try (BufferedReader reader =
          new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
        reader.lines().map(Optional::of).forEach(queue::add);
      } catch (IOException | UncheckedIOException killed) {
        // The lines before are in the queue.
      } finally {
        queue.add(Optional.empty());
      }
    }

    /** Returns the next line, or null after the last. */
    @Nullable String next() throws InterruptedException {
      Optional<String> line = queue.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
      if (line == null) {
        return fail("printed nothing for " + DEADLINE_SECONDS + " s, after " + this);
      }
      if (line.isEmpty()) {
        queue.add(line); // for the next call
        return null;
      }
      seen.add(line.get());
      return line.get();
    }

    List<String> rest() throws InterruptedException {
      List<String> rest = new ArrayList<>();
      for (String line = next(); line != null; line = next()) {
        rest.add(line);
      }
      return rest;
    }

    @Override
    public String toString() {
      return seen + " " + queue;
    }
  }
}
