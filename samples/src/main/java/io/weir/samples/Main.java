package io.weir.samples;

import io.weir.TlsException;
import io.weir.TlsFailure;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * Runs the samples. Each sample has a command in Commands.kt that parses its arguments; the sample
 * itself uses only streams.
 */
@Command(
    name = "weir-samples",
    description = "Small programs that use Weir, each in Java and in Kotlin.",
    footer = "Try echo-demo first. Each command has its own --help.",
    subcommands = {
      EchoDemoCommand.class,
      EchoServerCommand.class,
      EchoClientCommand.class,
      HttpHeadersCommand.class,
      ChatServerCommand.class,
      TcpProxyCommand.class,
      WaitForDataCommand.class,
      StartTlsDemoCommand.class
    })
public final class Main implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Shows this text.")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean help;

  private Main() {}

  /** Lists the samples, for a command line that names none. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** Returns the command line of the samples; visible for tests. */
  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .registerConverter(Endpoint.class, Main::endpoint)
        .setParameterExceptionHandler((error, args) -> badUsage(error))
        .setExecutionExceptionHandler((error, command, parsed) -> failed(error, command));
  }

  private static Endpoint endpoint(String text) {
    try {
      return Endpoint.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  private static int badUsage(ParameterException error) {
    CommandLine command = error.getCommandLine();
    command.getErr().println("weir-samples: " + error.getMessage());
    command.getErr().println("See: " + command.getCommandSpec().qualifiedName() + " --help");
    return CommandLine.ExitCode.USAGE;
  }

  /** Prints one line for an I/O error or a bad argument. Rethrows anything else: it is a bug. */
  private static int failed(Exception error, CommandLine command) throws Exception {
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    if (cause instanceof IOException || cause instanceof IllegalArgumentException) {
      command.getErr().println("weir-samples: " + textOf(cause));
      return CommandLine.ExitCode.SOFTWARE;
    }
    throw error;
  }

  private static String textOf(Throwable cause) {
    boolean untrusted = cause instanceof TlsException e && e.failure() == TlsFailure.UNTRUSTED;
    return cause.getMessage() + (untrusted ? " (in the samples: --tls-ca FILE)" : "");
  }
}
