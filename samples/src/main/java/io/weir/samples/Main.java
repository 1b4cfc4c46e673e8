package io.weir.samples;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of the samples. */
@Command(
    name = "weir-samples",
    mixinStandardHelpOptions = true,
    description = "Small programs that use the library.",
    subcommands = Hello.class)
public final class Main implements Runnable {
  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }
}
