package io.weir.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** Runs the benchmarks of single operations. */
@Command(
    name = "jmh",
    description = "Measures single operations. Further arguments are for JMH, such as -prof gc.")
final class JmhCommand implements Callable<Integer> {

  @Unmatched private List<String> arguments = new ArrayList<>(); // picocli adds to it

  @Override
  public Integer call() throws Exception {
    org.openjdk.jmh.Main.main(arguments.toArray(String[]::new));
    return 0;
  }
}
