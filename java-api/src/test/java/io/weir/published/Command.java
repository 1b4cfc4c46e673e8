package io.weir.published;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program that runs for minutes and prints to a file, such as a build. */
final class Command {

  private static final int DEADLINE_MINUTES = 10;

  private final Process process;
  private final Path log;

  private Command(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts a program.
   *
   * @param directory where it runs
   * @param environment variables that it gets beside those of the tests
   * @param command its name and arguments
   */
  static Command start(Path directory, Map<String, String> environment, List<String> command)
      throws IOException {
    Path log = Files.createTempFile(directory, "command", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().keySet().removeAll(List.of("MAVEN_GPG_KEY", "MAVEN_GPG_PASSPHRASE"));
    builder.environment().putAll(environment);
    return new Command(builder.start(), log);
  }

  /** Runs a program that must succeed, and returns its output. */
  static String run(Path directory, List<String> command) throws Exception {
    return start(directory, Map.of(), command).output();
  }

  /** Waits until the program has succeeded, and returns its output. */
  String output() throws Exception {
    String output = outputAfter();
    assertEquals(0, process.exitValue(), output);
    return output;
  }

  /** Waits until the program has failed, and returns its output. */
  String outputOfFailure() throws Exception {
    String output = outputAfter();
    return process.exitValue() == 0 ? fail("it succeeded: " + output) : output;
  }

  private String outputAfter() throws Exception {
    if (!process.waitFor(DEADLINE_MINUTES, TimeUnit.MINUTES)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      return fail("still running after " + Files.readString(log));
    }
    return Files.readString(log);
  }
}
