package io.weir.benchmarks.jmh;

import io.weir.MemoryStreams;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.WriteLimits;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A drain that is pending until the peer reads, which is an event of the flight recorder. Compare
 * builds, or run with {@code -jvmArgs -XX:StartFlightRecording}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class DrainBenchmark {

  private static final int SIZE = 4096;

  private final MemoryStreams.Pair pair = MemoryStreams.pair();
  private final StreamWriter writer = pair.first().writer();
  private final StreamReader reader = pair.second().reader();
  private final byte[] message = new byte[SIZE];

  /** Fills the pipe, so that each further write is queued. */
  @Setup(Level.Trial)
  public void fill() {
    writer.transport().setWriteBufferLimits(WriteLimits.ofHigh(0));
    while (writer.drain().isDone()) {
      writer.write(message);
    }
  }

  /** Ends the connection. */
  @TearDown(Level.Trial)
  public void close() {
    writer.transport().abort();
    pair.second().writer().transport().abort();
  }

  /** A write that is queued, and a drain that waits until the peer has read. */
  @Benchmark
  public byte[] pendingDrain() {
    CompletableFuture<?> drained = writer.drain();
    byte[] read = reader.readExactly(SIZE).join();
    drained.join();
    writer.write(message);
    return read;
  }
}
