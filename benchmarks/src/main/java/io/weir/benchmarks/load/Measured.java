package io.weir.benchmarks.load;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The figures that a load has measured.
 *
 * @param perSecond messages a second
 * @param perCpuSecond messages a second of the server's CPU time; NaN if that is unknown
 * @param bytesPerCpuSecond bytes a second of the server's CPU time; NaN if that is unknown
 * @param p50 the median time from sending a message to receiving its answer, in microseconds
 * @param p99 the time that 99 of 100 messages do not exceed
 * @param p999 the time that 999 of 1000 messages do not exceed
 */
public record Measured(
    double perSecond,
    double perCpuSecond,
    double bytesPerCpuSecond,
    double p50,
    double p99,
    double p999) {

  private static final String PER_SECOND = "messages/s";
  private static final String PER_CPU_SECOND = "messages/CPU s";
  private static final String BYTES_PER_CPU_SECOND = "bytes/CPU s";
  private static final String P50 = "p50 us";
  private static final String P99 = "p99 us";
  private static final String P999 = "p99.9 us";

  /** The start of the last line of {@link #print}. */
  public static final String LAST_LINE = P999;

  /** Runs a load and measures it. */
  public static Measured by(LoadPlan plan) throws Exception {
    Clock clock = new Clock();
    try (Workers workers = Workers.start(plan, clock)) {
      TimeUnit.NANOSECONDS.sleep(nanos(plan.warmup()));
      double cpuBefore = cpu(plan);
      long before = System.nanoTime();
      clock.count();
      TimeUnit.NANOSECONDS.sleep(nanos(plan.seconds()));
      clock.stop();
      long after = System.nanoTime();
      double cpu = cpu(plan) - cpuBefore;
      return of(workers.sum(), plan, (after - before) / 1e9, cpu);
    }
  }

  private static long nanos(double seconds) {
    return (long) (seconds * 1e9);
  }

  private static double cpu(LoadPlan plan) {
    Long pid = plan.serverPid();
    return pid == null ? Double.NaN : CpuTime.seconds(pid);
  }

  private static Measured of(Tally tally, LoadPlan plan, double seconds, double cpu) {
    double messages = tally.messages();
    return new Measured(
        messages / seconds,
        messages / cpu,
        messages * plan.size() / cpu,
        micros(tally, 50),
        micros(tally, 99),
        micros(tally, 99.9));
  }

  private static double micros(Tally tally, double percentile) {
    Histogram latencies = tally.latencies();
    return latencies.getTotalCount() == 0
        ? Double.NaN // one way: nothing is answered
        : latencies.getValueAtPercentile(percentile) / 1e3;
  }

  /** Prints the figures, one on each line. */
  public void print(PrintStream out) {
    print(out, PER_SECOND, perSecond);
    print(out, PER_CPU_SECOND, perCpuSecond);
    print(out, BYTES_PER_CPU_SECOND, bytesPerCpuSecond);
    print(out, P50, p50);
    print(out, P99, p99);
    print(out, P999, p999);
  }

  private static void print(PrintStream out, String name, double value) {
    out.println(String.format(Locale.ROOT, "%s: %.1f", name, value));
  }

  /** Reads what {@link #print} has printed. */
  public static Measured parse(List<String> lines) {
    return new Measured(
        value(lines, PER_SECOND),
        value(lines, PER_CPU_SECOND),
        value(lines, BYTES_PER_CPU_SECOND),
        value(lines, P50),
        value(lines, P99),
        value(lines, P999));
  }

  private static double value(List<String> lines, String name) {
    String start = name + ": ";
    return lines.stream()
        .filter(line -> line.startsWith(start))
        .mapToDouble(line -> Double.parseDouble(line.substring(start.length())))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no '" + name + "' in " + lines));
  }
}
