package io.weir.benchmarks;

import io.weir.benchmarks.load.IdleLoad;
import io.weir.benchmarks.load.LoadPlan;
import io.weir.benchmarks.load.Measured;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Loads a server and reports its performance. */
@Command(name = "load", description = "Loads a server on this machine and reports its performance.")
final class LoadCommand implements Callable<Integer> {

  @Option(names = "--port", required = true, description = "The server's port.")
  private int port;

  @Option(names = "--connections", description = "How many to open; default: ${DEFAULT-VALUE}")
  private int connections = 64;

  @Option(names = "--size", description = "Size of a message in bytes; default: ${DEFAULT-VALUE}")
  private int size = 64;

  @Option(
      names = "--depth",
      description = "Messages in flight on each connection; default: ${DEFAULT-VALUE}")
  private int depth = 1;

  @Option(names = "--lines", description = "Each message is a line.")
  private boolean lines;

  @Option(names = "--bulk", description = "Sends one way, to a server with --sink.")
  private boolean bulk;

  @Option(names = "--tls", description = "Uses TLS 1.3.")
  private boolean tls;

  @Option(names = "--idle", description = "Opens connections, and sends nothing.")
  private boolean idle;

  @Option(names = "--warmup", description = "Seconds before measuring; default: ${DEFAULT-VALUE}")
  private double warmup = 2;

  @Option(names = "--seconds", description = "Seconds of measuring; default: ${DEFAULT-VALUE}")
  private double seconds = 3;

  @Option(
      names = "--again",
      description = "For each line 'WARMUP SECONDS' on standard input it measures once more.")
  private boolean again;

  @Option(names = "--server-pid", description = "The server's process, to measure its CPU time.")
  private @Nullable Long serverPid;

  @Override
  public Integer call() throws Exception {
    if (idle) {
      IdleLoad.run(plan(warmup, seconds));
    } else {
      Measured.by(plan(warmup, seconds)).print(System.out);
      if (again) {
        measureAgain();
      }
    }
    return 0;
  }

  private void measureAgain() throws Exception {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] times = line.split(" ", -1);
      Measured.by(plan(Double.parseDouble(times[0]), Double.parseDouble(times[1])))
          .print(System.out);
    }
  }

  private LoadPlan plan(double warmup, double seconds) {
    return new LoadPlan(
        port, connections, size, depth, lines, bulk, tls, warmup, seconds, serverPid);
  }
}
