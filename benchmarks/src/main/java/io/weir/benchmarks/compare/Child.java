package io.weir.benchmarks.compare;

import io.weir.benchmarks.Main;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A process of the comparison, on a separate core if there are two. */
final class Child implements AutoCloseable {

  /** The core that a process stays on. */
  enum Core {
    SERVER(0),
    LOAD(1);

    private final int number;

    Core(int number) {
      this.number = number;
    }
  }

  private static final Path TASKSET = Path.of("/usr/bin/taskset");
  private static final boolean PINS =
      Files.isExecutable(TASKSET) && Runtime.getRuntime().availableProcessors() > 1;

  /** The collector that a JVM on one core chooses by default, and a large heap. */
  private static final List<String> JVM_OPTIONS = List.of("-XX:+UseSerialGC", "-Xmx1g");

  private final Process process;
  private final BufferedReader out;
  private final PrintStream in;

  private Child(Process process) {
    this.process = process;
    this.out = process.inputReader(StandardCharsets.UTF_8);
    this.in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
  }

  /** Returns whether each process has a separate core. */
  static boolean pins() {
    return PINS;
  }

  /** Runs a command of this program. */
  static Child java(Core core, List<String> arguments) throws IOException {
    return java(core, List.of(), arguments);
  }

  /**
   * Runs a command of this program.
   *
   * @param first what to put before the class path of this process, to replace some classes
   */
  static Child java(Core core, List<Path> first, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM_OPTIONS);
    command.addAll(List.of("-cp", classPath(first), Main.class.getName()));
    command.addAll(arguments);
    return start(core, command);
  }

  private static String classPath(List<Path> first) {
    return Stream.concat(
            first.stream().map(Path::toString), Stream.of(System.getProperty("java.class.path")))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Runs any program. */
  static Child start(Core core, List<String> program) throws IOException {
    List<String> command = new ArrayList<>();
    if (PINS) {
      command.addAll(List.of(TASKSET.toString(), "-c", Integer.toString(core.number)));
    }
    command.addAll(program);
    return new Child(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  long pid() {
    return process.pid();
  }

  /** Writes a line to its standard input. */
  void send(String line) {
    in.println(line);
  }

  /** Reads lines up to one with a given start, and returns the rest of that line. */
  String lineAfter(String start) throws IOException {
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith(start)) {
        return line.substring(start.length());
      }
    }
    throw new IOException("a process has terminated without printing '" + start + "'");
  }

  /** Returns the lines up to one with a given start, or up to the end of the output. */
  List<String> linesUpTo(String start) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      lines.add(line);
      if (line.startsWith(start)) {
        break;
      }
    }
    return lines;
  }

  /** Terminates the process, and waits for it. */
  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
