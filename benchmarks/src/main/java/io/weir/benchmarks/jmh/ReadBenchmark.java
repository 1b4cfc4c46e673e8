package io.weir.benchmarks.jmh;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.weir.StreamReader;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Measures reads of 80 bytes from a hand-fed reader. It is fed the bytes of 64 reads at once, so
 * that nothing but reading is measured.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ReadBenchmark {

  private static final int COUNT = 64;
  private static final byte[] LINE = ("x".repeat(78) + "\r\n").getBytes(US_ASCII);
  private static final byte[] BEFORE_SPLIT = ("x".repeat(78) + "\r").getBytes(US_ASCII);
  private static final byte[] AFTER_SPLIT = "\n".getBytes(US_ASCII);
  private static final byte[] LINES =
      "x".repeat(78).concat("\r\n").repeat(COUNT).getBytes(US_ASCII);
  private static final byte[] CRLF = "\r\n".getBytes(US_ASCII);
  private static final byte[][] SEVERAL = {
    CRLF, ";".getBytes(US_ASCII), "--boundary".getBytes(US_ASCII)
  };

  private final StreamReader reader = StreamReader.handFed(StreamReader.DEFAULT_LIMIT);

  /** Reads lines that are buffered already. */
  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void readLine(Blackhole hole) {
    reader.feedData(LINES);
    for (int i = 0; i < COUNT; i++) {
      hole.consume(reader.readLine().join());
    }
  }

  /** Reads up to one separator of two bytes. */
  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void readUntil(Blackhole hole) {
    reader.feedData(LINES);
    for (int i = 0; i < COUNT; i++) {
      hole.consume(reader.readUntil(CRLF).join());
    }
  }

  /** Reads up to any of three separators. */
  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void readUntilSeveral(Blackhole hole) {
    reader.feedData(LINES);
    for (int i = 0; i < COUNT; i++) {
      hole.consume(reader.readUntil(SEVERAL).join());
    }
  }

  /** Reads up to a separator, one byte of which arrives later: the read is pending until then. */
  @Benchmark
  public byte[] readUntilSplit() {
    reader.feedData(BEFORE_SPLIT);
    var read = reader.readUntil(CRLF);
    reader.feedData(AFTER_SPLIT);
    return read.join();
  }

  /** Reads a given number of bytes. */
  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void readExactly(Blackhole hole) {
    reader.feedData(LINES);
    for (int i = 0; i < COUNT; i++) {
      hole.consume(reader.readExactly(LINE.length).join());
    }
  }
}
