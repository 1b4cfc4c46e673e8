package io.weir.benchmarks.jmh;

import io.weir.MemoryStreams;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Measures a write with its drain and the read of the written bytes, without and with TLS. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class WriteBenchmark {

  /** The bytes of a write. */
  @Param({"64", "16384"})
  public int size;

  /** Whether the bytes are encrypted and decrypted on their way. */
  @Param({"false", "true"})
  public boolean tls;

  private final MemoryStreams.Pair pair = MemoryStreams.pair();
  private final StreamWriter writer = pair.first().writer();
  private final StreamReader reader = pair.second().reader();
  private byte[] message = {};

  /** Performs the TLS handshake, if there is TLS. */
  @Setup(Level.Trial)
  public void prepare() throws Exception {
    message = new byte[size];
    if (tls) {
      TlsPair.shakeHands(pair);
    }
  }

  /** Closes the connection. */
  @TearDown(Level.Trial)
  public void close() {
    pair.first().close();
    pair.second().close();
  }

  /** Writes at one end, and reads at the other. */
  @Benchmark
  public byte[] writeDrainRead() {
    writer.write(message);
    writer.drain().join();
    return reader.readExactly(size).join();
  }
}
