package io.weir.callbacks;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.StreamConnection;
import io.weir.StreamWriter;
import io.weir.WriteLimits;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.Tasks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Callbacks of pending futures run inside no call that another thread makes. */
@Tag(Multiplicity.TAG)
class InsideWriteTest {

  private static final int WRITERS = 4;
  private static final int PENDING_DRAINS = Multiplicity.rounds(1_000);
  private static final int FEW_PENDING_DRAINS = Multiplicity.rounds(100);
  private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(4);
  private static final int CLOSE_ROUNDS = Multiplicity.rounds(200);

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void no_pending_drain_completes_inside_a_write_of_another_thread(TransportKind carrier) {
    InCall.Counter counter = new InCall.Counter();
    try (SlowServer server = new SlowServer(carrier, directory)) {
      StreamWriter writer = server.connect().writer();
      writer.transport().setWriteBufferLimits(new WriteLimits(500, 2_000));
      AtomicInteger pending = new AtomicInteger();
      List<Future<Boolean>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        writers.add(Tasks.start(() -> writeAndDrain(writer, pending, counter)));
      }
      writers.forEach(Deadline::get);

      Deadline.await("every drain completes", () -> counter.callbacks() >= pending.get());
      assertTrue(pending.get() > FEW_PENDING_DRAINS, "drains were pending: " + pending);
      writer.transport().abort();
    }
    counter.assertNoneInside();
  }

  /** Waits for each drain, as programs do; the callback and the thread wait for the same future. */
  private static boolean writeAndDrain(
      StreamWriter writer, AtomicInteger pending, InCall.Counter counter) {
    byte[] data = new byte[1_500];
    long end = System.nanoTime() + DRAIN_NANOS;
    while (pending.get() < PENDING_DRAINS && System.nanoTime() - end < 0) {
      InCall.run("write", () -> writer.write(data));
      CompletableFuture<?> drain = InCall.get("drain", writer::drain);
      if (!drain.isDone()) {
        pending.incrementAndGet();
        drain.thenRun(counter::callback);
        Deadline.get(drain);
      }
    }
    return true;
  }

  @ParameterizedTest
  @EnumSource
  void no_waitClosed_completes_inside_a_write_or_a_close_of_another_thread(TransportKind carrier) {
    InCall.Counter counter = new InCall.Counter();
    try (SlowServer server = new SlowServer(carrier, directory)) {
      for (int round = 0; round < CLOSE_ROUNDS; round++) {
        writeBesideClose(server.connect(), round, counter);
      }
      Deadline.await("every callback", () -> counter.callbacks() == CLOSE_ROUNDS);
    }
    counter.assertNoneInside();
  }

  private static void writeBesideClose(
      StreamConnection connection, int round, InCall.Counter counter) {
    StreamWriter writer = connection.writer();
    CompletableFuture<?> closed = InCall.get("waitClosed", writer::waitClosed);
    closed.whenComplete((nothing, error) -> counter.callback());
    AtomicBoolean writes = new AtomicBoolean();
    Future<Boolean> rival =
        Tasks.start(
            () -> {
              byte[] data = new byte[200];
              while (!writer.isClosing()) {
                InCall.run("write", () -> writer.write(data));
                writes.set(true);
              }
              return true;
            });
    Deadline.await("the other thread writes", writes::get);
    Tasks.spin(round % 50 * 1_000);
    InCall.run("close", writer::close);
    assertTrue(Deadline.get(rival));
    SlowServer.awaitEnd(connection);
  }
}
