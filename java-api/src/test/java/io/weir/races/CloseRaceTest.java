package io.weir.races;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.testing.CallbackCheck;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.Tasks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Connections that are closed or aborted, by either side, at random instants while several threads
 * read, write and wait on them. Every wait has to end, and every connection.
 */
@Tag("channels")
@Tag(Multiplicity.TAG)
class CloseRaceTest {

  private static final int ROUNDS = Multiplicity.rounds(1_500);

  private final Random random = new Random(42);
  private final AtomicInteger ended = new AtomicInteger();

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void every_wait_ends_when_connections_are_closed_or_aborted_at_random_instants(SocketKind kind)
      throws Exception {
    ConcurrentLinkedQueue<CompletableFuture<?>> served = new ConcurrentLinkedQueue<>();
    ConnectionHandler handler =
        ConnectionHandler.of((reader, writer) -> served.addAll(useAll(reader, writer)));
    ExecutorService threads = Executors.newFixedThreadPool(3);
    Server server = kind.start(handler, directory);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        race(kind.connect(server), threads);
      }
    } finally {
      threads.shutdownNow();
      server.close();
    }
    Deadline.get(server.waitClosed());
    served.forEach(this::awaitEnd);
    System.out.printf(
        "race: close and abort over %s: %d rounds, %d waits ended%n", kind, ROUNDS, ended.get());
    assertTrue(ended.get() > ROUNDS * 8, "waits on both sides: " + ended);
  }

  private void race(StreamConnection connection, ExecutorService threads) throws Exception {
    ConcurrentLinkedQueue<CompletableFuture<?>> waits = new ConcurrentLinkedQueue<>();
    boolean abort = random.nextBoolean();
    int delay = random.nextInt(300_000);
    List<Future<?>> rivals = new ArrayList<>();
    rivals.add(
        threads.submit(() -> waits.addAll(useAll(connection.reader(), connection.writer()))));
    rivals.add(
        threads.submit(
            () -> {
              connection.writer().write(new byte[random.nextInt(200_000)]);
              waits.add(CallbackCheck.watch(connection.writer().drain()));
            }));
    rivals.add(
        threads.submit(
            () -> {
              Tasks.spin(delay);
              if (abort) {
                connection.writer().transport().abort();
              } else {
                connection.close();
              }
            }));
    for (Future<?> rival : rivals) {
      Deadline.get(rival);
    }
    waits.forEach(this::awaitEnd);
    awaitEnd(CallbackCheck.watch(connection.writer().waitClosed()));
  }

  /** Uses everything that waits; what it waits for may fail, but has to end. */
  private static List<CompletableFuture<?>> useAll(StreamReader reader, StreamWriter writer) {
    List<CompletableFuture<?>> waits = new ArrayList<>();
    writer.write(new byte[10_000]);
    waits.add(writer.drain());
    waits.add(reader.forEachLine(CloseRaceTest::ignore));
    waits.add(reader.read(1)); // refused, or ended
    waits.add(writer.waitClosed());
    waits.forEach(CallbackCheck::watch);
    waits.get(1).whenComplete((nothing, error) -> writer.close());
    return waits;
  }

  private static CompletableFuture<?> ignore(byte[] line) {
    CallbackCheck.assertOutsideCalls();
    return CompletableFuture.completedFuture(null);
  }

  private void awaitEnd(CompletableFuture<?> wait) {
    Deadline.await("the end of " + wait, wait::isDone);
    ended.incrementAndGet();
  }
}
