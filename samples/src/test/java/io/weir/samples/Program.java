package io.weir.samples;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A program in a process of its own: what it prints and how it ends, each within a deadline. */
final class Program implements AutoCloseable {

  static final int DEADLINE_SECONDS = 40;

  private static final String[] QUICK_START = {"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"};

  /** The lines of one of its streams, to its end. */
  private static final class Lines {

    private final BlockingQueue<Optional<String>> queue = new LinkedBlockingQueue<>();

    Lines(InputStream stream, String name) {
      Thread thread = new Thread(() -> drain(stream), name);
      thread.setDaemon(true);
      thread.start();
    }

    private void drain(InputStream stream) {
      try (BufferedReader reader =
          new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
        reader.lines().map(Optional::of).forEach(queue::add);
      } catch (IOException | UncheckedIOException processDestroyed) {
        // what it printed before is there
      } finally {
        queue.add(Optional.empty());
      }
    }

    /** The next line, null after the last. */
    String next() throws InterruptedException {
      Optional<String> line = queue.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
      if (line == null) {
        fail("printed nothing for " + DEADLINE_SECONDS + " s");
      }
      return line.orElse(null);
    }

    List<String> rest() throws InterruptedException {
      List<String> rest = new ArrayList<>();
      for (String line = next(); line != null; line = next()) {
        rest.add(line);
      }
      return rest;
    }
  }

  private final Process process;
  private final Lines out;
  private final Lines err;

  private Program(List<String> command, String input) throws IOException {
    process = new ProcessBuilder(command).start();
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException ended) {
      // what it printed says why
    }
    out = new Lines(process.getInputStream(), "out of " + process.pid());
    err = new Lines(process.getErrorStream(), "err of " + process.pid());
  }

  /** Runs a sample. */
  static Program sample(String... args) throws IOException {
    return sample(QUICK_START, args);
  }

  /** Runs a sample in a JVM with options. */
  static Program sample(String[] jvmOptions, String[] args) throws IOException {
    return new Program(commandLine(jvmOptions, args), "");
  }

  /** What runs a sample, for a program that shall run it. */
  static String[] command(String... args) {
    return commandLine(QUICK_START, args).toArray(String[]::new);
  }

  private static List<String> commandLine(String[] jvmOptions, String[] args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(jvmOptions));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(args));
    return command;
  }

  /** Runs a script of src/test/resources/python; without Python the test is skipped, or fails. */
  static Program python(String script, Object... args) throws IOException {
    return python("python3", script, args);
  }

  /** Runs a script as {@link #python}, with a Python that has a function of a later version. */
  static Program newPython(int minor, String script, Object... args) throws Exception {
    return python(NewPython.atLeast(minor), script, args);
  }

  private static Program python(String python, String script, Object... args) throws IOException {
    List<String> command = new ArrayList<>(List.of(python, path(script).toString()));
    for (Object arg : args) {
      command.add(arg.toString());
    }
    return installed("", command);
  }

  /**
   * Runs a program of this machine; where it is missing the test is skipped, or fails.
   *
   * @param input what it finds on its standard input
   * @param command its name, and what to give it
   */
  static Program installed(String input, List<String> command) throws IOException {
    try {
      return new Program(command, input);
    } catch (IOException missing) {
      if (System.getenv("CI") != null) {
        throw missing;
      }
      return abort(command.get(0) + " is not installed: " + missing.getMessage());
    }
  }

  private static Path path(String script) {
    try {
      return Path.of(Program.class.getResource("/python/" + script).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** The next line it prints. */
  String line() throws InterruptedException {
    String line = out.next();
    return line == null ? fail("it has ended; on standard error: " + err.rest()) : line;
  }

  /** The next line it prints, which begins like this: what comes after. */
  String lineAfter(String start) throws InterruptedException {
    String line = line();
    assertTrue(line.startsWith(start), line);
    return line.substring(start.length());
  }

  /** The port a server prints when it listens. */
  int port() throws InterruptedException {
    String line = line().replaceAll(" -> .*", "");
    return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
  }

  /** All it prints from now on, to its end. */
  List<String> restOfLines() throws InterruptedException {
    return out.rest();
  }

  /** The next line on standard error. */
  String errorLine() throws InterruptedException {
    return err.next();
  }

  /** All on standard error from now on, to its end. */
  List<String> errors() throws InterruptedException {
    return err.rest();
  }

  /** How it ended. */
  int exitCode() throws InterruptedException {
    assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), "runs on");
    return process.exitValue();
  }

  /** Asks it to end: SIGTERM. (The process's own method would close its output, too.) */
  void terminate() {
    process.toHandle().destroy();
  }

  /** Ends it and what it has started, if it has not ended by itself. */
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process.onExit().orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join();
  }
}
