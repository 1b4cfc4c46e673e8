package io.weir.benchmarks;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Entry point of the benchmarks. */
@Command(
    name = "weir-benchmarks",
    description = "Measures Weir beside its peers.",
    subcommands = {ServeCommand.class, LoadCommand.class, CompareCommand.class, JmhCommand.class})
public final class Main {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Shows this text.")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean help;

  private Main() {}

  /** Runs a command. */
  public static void main(String... args) {
    System.exit(commandLine().execute(args));
  }

  private static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler((error, command, parsed) -> failed(error, command));
  }

  /**
   * Prints one line for an I/O error or a wrong argument. Anything else is a bug, and is thrown.
   */
  private static int failed(Exception error, CommandLine command) throws Exception {
    if (error instanceof IOException || error instanceof IllegalArgumentException) {
      command.getErr().println("weir-benchmarks: " + error.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    throw error;
  }
}
