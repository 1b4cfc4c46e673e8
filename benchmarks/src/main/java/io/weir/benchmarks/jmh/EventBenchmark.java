package io.weir.benchmarks.jmh;

import io.weir.CloseReason;
import io.weir.ConnectionInfo;
import io.weir.MemoryStreams;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.WriteLimits;
import io.weir.internal.jfr.FlightEvents;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
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
 * The events of the flight recorder, alone and in a drain that waits for its peer. They are off
 * unless the run has {@code -jvmArgs -XX:StartFlightRecording}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class EventBenchmark {

  private static final int READER_LIMIT = 1024;
  private static final int MORE_THAN_THE_PIPE_HOLDS = 256 * 1024;

  private final MemoryStreams.Pair pair = MemoryStreams.pair(READER_LIMIT);
  private final InetSocketAddress address = new InetSocketAddress(0);
  private final StreamWriter writer = pair.first().writer();
  private final StreamReader reader = pair.second().reader();
  private final byte[] message = new byte[MORE_THAN_THE_PIPE_HOLDS];
  private final CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
  private final CloseReason reason = new CloseReason(CloseReason.Kind.CLOSED, 0, null);

  /** Lets each drain wait for the last byte. */
  @Setup(Level.Trial)
  public void prepare() {
    writer.transport().setWriteBufferLimits(WriteLimits.ofHigh(0));
  }

  /** Ends the connection. */
  @TearDown(Level.Trial)
  public void close() {
    writer.transport().abort();
    pair.second().writer().transport().abort();
  }

  /** The figure to compare the events with. */
  @Benchmark
  public void nothing() {}

  /** The event of an accepted connection. */
  @Benchmark
  public void accept() {
    FlightEvents.accept(this::address, this::address);
  }

  /** The event of a pending drain. */
  @Benchmark
  public void stall() {
    FlightEvents.stall(this::address, MORE_THAN_THE_PIPE_HOLDS, done);
  }

  /** The event of a closed connection. */
  @Benchmark
  public void closeEvent() {
    FlightEvents.close(this::info, reason);
  }

  /** A drain that is pending until the peer has read the message. */
  @Benchmark
  public byte[] pendingDrain() {
    writer.write(message);
    CompletableFuture<?> drained = writer.drain();
    if (drained.isDone()) {
      throw new IllegalStateException("the drain did not wait");
    }
    byte[] read = reader.readExactly(MORE_THAN_THE_PIPE_HOLDS).join();
    drained.join();
    return read;
  }

  private SocketAddress address() {
    return address;
  }

  private ConnectionInfo info() {
    return new ConnectionInfo(address, Duration.ZERO, 0, 0, true);
  }
}
