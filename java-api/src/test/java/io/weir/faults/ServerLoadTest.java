package io.weir.faults;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.CloseReason;
import io.weir.ConnectOptions;
import io.weir.RuntimeOptions;
import io.weir.ServerOptions;
import io.weir.ShutdownReport;
import io.weir.StreamConnection;
import io.weir.testing.CallbackCheck;
import io.weir.testing.Deadline;
import io.weir.testing.Echo;
import io.weir.testing.GarbageCollection;
import io.weir.testing.Loopback;
import io.weir.testing.OpenFiles;
import io.weir.testing.TestServer;
import io.weir.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Connections that are held while others come and go: all are served, and nothing is left. */
class ServerLoadTest {

  private static final String NAMES = "load";
  private static final String HELLO = "hello\n";
  private static final int AT_ONCE = 50;
  private static final int FEW = 200;
  private static final Duration GRACE = Duration.ofMinutes(1);

  /** What the heap may grow by: some hundred bytes for each connection that there was, no more. */
  private static final long HEAP_LEFT = 4L << 20;

  private final CloseReasonCounter ends = new CloseReasonCounter();

  /** The runtime, the server and the options of its clients, for as long as there is load. */
  private record Place(AsyncRuntime runtime, TestServer served, ConnectOptions connecting) {

    CompletableFuture<StreamConnection> open() {
      return AsyncStreams.openConnection(Loopback.HOST, served.address().getPort(), connecting);
    }
  }

  /** Lets visitors come, each when it may; completes when it has gone. */
  @FunctionalInterface
  private interface Visits {
    List<CompletableFuture<?>> make(Place place) throws Exception;
  }

  @Test
  void connections_are_held_while_a_thousand_come_and_go() throws Exception {
    assertAllAreServed(500, 1_000, place -> asFastAsTheyCan(place, 1_000));
  }

  @Test
  @Tag("soak")
  void five_thousand_connections_are_held_while_five_hundred_a_second_come_and_go()
      throws Exception {
    assertAllAreServed(5_000, 30_000, place -> atRate(place, 30_000, 500));
  }

  private void assertAllAreServed(int held, int visitors, Visits visits) throws Exception {
    new ServerLoadTest().load(FEW, FEW, place -> asFastAsTheyCan(place, FEW)); // loads classes
    Set<String> socketsBefore = OpenFiles.sockets();
    long heapBefore = GarbageCollection.heap();
    String figures = load(held, visitors, visits);

    Threads.awaitNone(NAMES);
    OpenFiles.awaitNoMoreThan(socketsBefore);
    GarbageCollection.awaitHeapOfNoMoreThan(heapBefore + HEAP_LEFT);
    System.out.printf(
        "load: %s; the heap has grown by %,d bytes%n",
        figures, GarbageCollection.heap() - heapBefore);
  }

  /** Returns what was measured. */
  private String load(int held, int visitors, Visits visits) throws Exception {
    try (AsyncRuntime runtime =
        AsyncRuntime.create(RuntimeOptions.DEFAULTS.withThreadNames(NAMES))) {
      ServerOptions serving = ServerOptions.DEFAULTS.withBacklog(AT_ONCE).withRuntime(runtime);
      TestServer served = TestServer.by(ends.counted(Echo.LINES), serving);
      Place place = new Place(runtime, served, ConnectOptions.DEFAULTS.withRuntime(runtime));
      long heapBefore = GarbageCollection.heap();
      List<StreamConnection> guests = arrive(place, held);
      long heapOfOne = (GarbageCollection.heap() - heapBefore) / held;
      long start = System.nanoTime();
      for (CompletableFuture<?> gone : visits.make(place)) {
        Deadline.get(gone);
      }
      double seconds = secondsSince(start);
      Deadline.await("the visitors have left", () -> ends.all().values().contains(visitors));
      assertEquals(Map.of(CloseReason.Kind.CLOSED_BY_PEER, visitors), ends.all());
      leave(guests, place);
      assertTrue(served.reports().isEmpty(), served.reports()::toString);
      Deadline.await("all is told", () -> runtime.toString().contains(" 0 running"));
      return String.format(
          "%d held, each in %,d bytes of the heap with both ends; %d came and went in %.1f s, %.0f a"
              + " second",
          held, heapOfOne, visitors, seconds, visitors / seconds);
    }
  }

  /** Connections that have been served once, and are held. */
  private static List<StreamConnection> arrive(Place place, int count) throws Exception {
    Semaphore room = new Semaphore(AT_ONCE);
    List<CompletableFuture<StreamConnection>> arriving = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      acquire(room);
      CompletableFuture<StreamConnection> served =
          place.open().thenCompose(ServerLoadTest::exchange);
      CallbackCheck.watch(served).whenComplete((connection, failure) -> room.release());
      arriving.add(served);
    }
    return arriving.stream().map(Deadline::get).toList();
  }

  private static List<CompletableFuture<?>> asFastAsTheyCan(Place place, int count)
      throws Exception {
    Semaphore room = new Semaphore(AT_ONCE);
    List<CompletableFuture<?>> visits = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      acquire(room);
      CompletableFuture<?> gone = visit(place);
      CallbackCheck.watch(gone).whenComplete((nothing, failure) -> room.release());
      visits.add(gone);
    }
    return visits;
  }

  private static List<CompletableFuture<?>> atRate(Place place, int count, int aSecond)
      throws Exception {
    Semaphore due = new Semaphore(0);
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    try {
      long period = TimeUnit.SECONDS.toNanos(1) / aSecond;
      var ticks = clock.scheduleAtFixedRate(due::release, 0, period, TimeUnit.NANOSECONDS);
      List<CompletableFuture<?>> visits = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        acquire(due);
        visits.add(visit(place));
      }
      ticks.cancel(false);
      return visits;
    } finally {
      clock.shutdownNow();
    }
  }

  private static void acquire(Semaphore leave) throws InterruptedException {
    assertTrue(leave.tryAcquire(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS), "nobody goes any more");
  }

  private static CompletableFuture<?> visit(Place place) {
    return place
        .open()
        .thenCompose(ServerLoadTest::exchange)
        .thenCompose(
            connection -> {
              CallbackCheck.assertOutsideCalls();
              connection.writer().close();
              return connection.writer().waitClosed();
            });
  }

  /** Sends a message, and gets it back. */
  private static CompletionStage<StreamConnection> exchange(StreamConnection connection) {
    CallbackCheck.assertOutsideCalls();
    connection.writer().write(bytes(HELLO));
    return connection
        .reader()
        .readLine()
        .thenApply(
            line -> {
              CallbackCheck.assertOutsideCalls();
              assertEquals(HELLO, text(line));
              return connection;
            });
  }

  /** All are served once more; then the server is shut down, and they leave as they see the end. */
  private static void leave(List<StreamConnection> guests, Place place) throws Exception {
    List<CompletableFuture<StreamConnection>> served =
        guests.stream().map(guest -> exchange(guest).toCompletableFuture()).toList();
    served.forEach(Deadline::get);
    List<CompletableFuture<?>> left = new ArrayList<>();
    for (StreamConnection guest : guests) {
      left.add(guest.reader().read().thenCompose(rest -> end(guest, rest)));
    }
    CompletableFuture<ShutdownReport> report =
        place.served().server().shutdown(Duration.ZERO, GRACE);

    assertEquals(
        new ShutdownReport(0, guests.size(), 0, 0),
        report.get(GRACE.toSeconds(), TimeUnit.SECONDS));
    left.forEach(Deadline::get);
  }

  private static CompletableFuture<?> end(StreamConnection guest, byte[] rest) {
    CallbackCheck.assertOutsideCalls();
    assertEquals(0, rest.length);
    guest.writer().close();
    return guest.writer().waitClosed();
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
  }
}
