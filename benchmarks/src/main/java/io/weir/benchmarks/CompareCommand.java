package io.weir.benchmarks;

import io.weir.benchmarks.compare.Baseline;
import io.weir.benchmarks.compare.Comparison;
import io.weir.benchmarks.compare.SelfSigned;
import io.weir.benchmarks.compare.Timing;
import io.weir.benchmarks.server.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs all servers under all loads, and writes a table and a chart of the results. */
@Command(
    name = "compare",
    description = "Runs all servers in turn, several rounds, and prints the medians.")
final class CompareCommand implements Callable<Integer> {

  private static final int ROUNDS = 3;
  private static final int WINDOWS = 1;
  private static final int MANY_WINDOWS = 5;
  private static final double SECONDS = 4;
  private static final double WARMUP = 5;
  private static final int QUICK_ROUNDS = 1;
  private static final double QUICK_SECONDS = 1;
  private static final double QUICK_WARMUP = 2;

  @Option(names = "--quick", description = "Under five minutes: one round, and not every load.")
  private boolean quick;

  @Option(names = "--rounds", description = "Number of rounds; default: 3, quick 1")
  private @Nullable Integer rounds;

  @Option(
      names = "--windows",
      description =
          "Measuring windows of each server in a round. Servers side by side, and a server and its"
              + " baseline, keep running between windows. Default: 1; with --baseline or"
              + " --side-by-side 5")
  private @Nullable Integer windows;

  @Option(names = "--seconds", description = "Seconds of each window; default: 4, quick 1")
  private @Nullable Double seconds;

  @Option(names = "--warmup", description = "Seconds before the first window; default: 5, quick 2")
  private @Nullable Double warmup;

  @Option(names = "--only", split = ",", paramLabel = "NAMES", description = "Only these servers.")
  private List<String> only = List.of();

  @Option(
      names = "--loads",
      split = ";",
      paramLabel = "TITLES",
      description = "Only loads whose titles in the table start with one of these.")
  private List<String> loads = List.of();

  @Option(
      names = "--baseline",
      paramLabel = "JARS",
      description =
          "Another build of the library: the jar of java-api and, for servers in Kotlin, that of"
              + " kotlin-ext, separated as in a class path. Weir's servers run on it as well.")
  private @Nullable String baseline;

  @Option(
      names = "--side-by-side",
      description =
          "All servers of a load run at the same time, and are measured in turns. Prints their"
              + " ratios to Netty within each window.")
  private boolean sideBySide;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Where to write: FILE.md and FILE.svg; default: ${DEFAULT-VALUE}")
  private Path output = Path.of("benchmarks", "target", "compare");

  @Override
  public Integer call() throws Exception {
    Path directory = Files.createTempDirectory("weir-benchmarks");
    Tls tls = SelfSigned.in(directory);
    try {
      Comparison comparison =
          Comparison.of(
              tls,
              timing(),
              quick,
              loads,
              only,
              baseline == null ? Baseline.NONE : Baseline.of(baseline),
              sideBySide);
      int all = rounds != null ? rounds : quick ? QUICK_ROUNDS : ROUNDS;
      for (int i = 0; i < all; i++) {
        comparison.round();
        write(comparison); // after each, so that an interrupted run has results
      }
      System.out.print(comparison.table());
    } finally {
      Files.delete(tls.certificate());
      Files.delete(tls.key());
      Files.delete(directory);
    }
    return 0;
  }

  private Timing timing() {
    return new Timing(
        warmup != null ? warmup : quick ? QUICK_WARMUP : WARMUP,
        seconds != null ? seconds : quick ? QUICK_SECONDS : SECONDS,
        windows != null ? windows : baseline == null && !sideBySide ? WINDOWS : MANY_WINDOWS);
  }

  private void write(Comparison comparison) throws IOException {
    Path parent = output.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.writeString(Path.of(output + ".md"), comparison.table());
    Files.writeString(Path.of(output + ".svg"), comparison.chart());
  }
}
