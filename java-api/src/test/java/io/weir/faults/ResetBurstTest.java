package io.weir.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.CloseReason;
import io.weir.RuntimeOptions;
import io.weir.ServerOptions;
import io.weir.ShutdownReport;
import io.weir.programs.ClientCrowd;
import io.weir.testing.CallbackCheck;
import io.weir.testing.Deadline;
import io.weir.testing.Echo;
import io.weir.testing.GarbageCollection;
import io.weir.testing.OpenFiles;
import io.weir.testing.Program;
import io.weir.testing.TestServer;
import io.weir.testing.Threads;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Very many connections that are all reset in one burst. */
class ResetBurstTest {

  private static final String NAMES = "burst";
  private static final int NEW_ONES = 20;

  /** What the heap may grow by; half of what a thousand connections take while they are held. */
  private static final long HEAP_LEFT = 2L << 20;

  private final CloseReasonCounter ends = new CloseReasonCounter();

  @Test
  void F58_new_clients_are_served_when_a_thousand_are_reset() throws Exception {
    assertOutlives(1_000);
  }

  @Test
  @Tag("soak")
  void F58_new_clients_are_served_when_fifteen_thousand_are_reset() throws Exception {
    assertOutlives(15_000);
  }

  private void assertOutlives(int count) throws Exception {
    try (TestServer once = TestServer.by(Echo.LINES)) { // what is opened once is open
      Echo.assertFrom(once.address().getPort());
    }
    Set<String> socketsBefore = OpenFiles.sockets();
    try (AsyncRuntime runtime =
        AsyncRuntime.create(RuntimeOptions.DEFAULTS.withThreadNames(NAMES))) {
      ServerOptions serving = ServerOptions.DEFAULTS.withRuntime(runtime);
      TestServer served = TestServer.by(ends.counted(Echo.LINES), serving);
      int port = served.address().getPort();
      Echo.assertFrom(port);
      long heapBefore = GarbageCollection.heap();
      try (Program crowd = Program.java(ClientCrowd.class, port, count)) {
        crowd.lineWith("served " + count); // a multiple of those that it tells
        assertTrue(OpenFiles.sockets().size() > count);
        System.out.printf(
            "burst: %d held in %,d bytes of the heap%n",
            count, GarbageCollection.heap() - heapBefore);
        crowd.type("\n");
        assertServesNewOnes(port, count);
        System.out.println("burst: " + crowd.line());
        crowd.assertEndsWell();
      }
      Deadline.await(
          "the new ones have left", () -> ends.of(CloseReason.Kind.CLOSED_BY_PEER) == NEW_ONES + 1);
      assertEquals(
          Map.of(CloseReason.Kind.RESET, count, CloseReason.Kind.CLOSED_BY_PEER, NEW_ONES + 1),
          ends.all());
      assertEquals(count, served.reports().size());
      served.reports().clear();
      served.served().clear();
      GarbageCollection.awaitHeapOfNoMoreThan(heapBefore + HEAP_LEFT);
      System.out.printf(
          "burst: the heap has grown by %,d bytes%n", GarbageCollection.heap() - heapBefore);
      assertEquals(
          new ShutdownReport(0, 0, 0, 0),
          Deadline.get(CallbackCheck.watch(served.server().shutdown(Deadline.TIME))));
    }
    Threads.awaitNone(NAMES);
    OpenFiles.awaitNoMoreThan(socketsBefore);
  }

  private void assertServesNewOnes(int port, int count) throws IOException {
    long start = System.nanoTime();
    long slowest = 0;
    for (int i = 0; i < NEW_ONES; i++) {
      long connecting = System.nanoTime();
      Echo.assertFrom(port);
      slowest = Math.max(slowest, millisSince(connecting));
    }
    Deadline.await("all resets are noticed", () -> ends.of(CloseReason.Kind.RESET) == count);
    System.out.printf(
        "burst: %d new ones are served, the slowest in %d ms; all resets noticed after %d ms%n",
        NEW_ONES, slowest, millisSince(start));
  }

  private static long millisSince(long start) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }
}
