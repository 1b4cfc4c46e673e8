package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.CloseReason;
import io.weir.internal.stream.FailingConnection.Medium;
import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import io.weir.testing.Texts;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Real stack overflows: a recursion that calls a connection at every depth, until the stack is
 * full. Afterwards the connection works, or it has closed with the error as the cause; in both
 * cases closing it completes what waits, and the peer sees the end.
 */
class DeepStackTest {

  private static final int ROUNDS = Integer.getInteger("weir.rounds", 300);
  private static final long STACK_BYTES = 256 * 1024;

  /** A recursion on a small stack. */
  private static final class Recursion implements Runnable {

    private final FailingConnection link;
    private final Random random;
    private final int every;
    private final List<CompletableFuture<?>> futures =
        Collections.synchronizedList(new ArrayList<>());
    private int calls;

    Recursion(FailingConnection link, long seed) {
      this.link = link;
      this.random = new Random(seed);
      this.every = 1 + random.nextInt(8);
    }

    @Override
    public void run() {
      try {
        deeper(random.nextInt(every));
      } catch (StackOverflowError full) {
        // That is what this is for.
      }
    }

    /** Frames of several sizes, so that the stack ends at any step of a call. */
    private long deeper(int left) {
      if (left > 0) {
        return 1 + deeper(left - 1);
      }
      call();
      return 1 + (random.nextBoolean() ? deeper(every) : larger(every, 1, 2, 3, 4, 5));
    }

    private long larger(int left, long a, long b, long c, long d, long e) {
      return a + b + c + d + e + deeper(left);
    }

    private void call() {
      calls++;
      switch (random.nextInt(40)) {
        case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 -> link.writer.write(new byte[] {1, 2, 3});
        case 10, 11, 12, 13, 14 -> futures.add(link.writer.drain());
        case 15, 16, 17, 18, 19 -> read();
        case 20 -> link.writer.transport().pauseReading();
        case 21 -> link.writer.transport().resumeReading();
        case 22 -> futures.add(link.writer.waitClosed());
        default -> link.writer.write(new byte[5000]);
      }
    }

    private void read() {
      try {
        CompletableFuture<byte[]> read = link.reader.read(10);
        futures.add(read);
        if (random.nextBoolean()) {
          read.cancel(false);
        }
      } catch (IllegalStateException another) {
        // A read is pending already.
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Medium.class)
  void a_stack_that_overflows_in_any_call_leaves_a_connection_that_works_or_has_ended(Medium medium)
      throws Exception {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    int ended = 0;
    List<String> wedged = new ArrayList<>();
    try (CapturedLog log = new CapturedLog()) {
      for (int round = 0; round < ROUNDS; round++) {
        try (FailingConnection link = FailingConnection.open(medium)) {
          link.connection.start();
          Recursion recursion = new Recursion(link, seed + round);
          Future<Void> peer = link.peerReadsToEnd();
          overflow(recursion);
          ended += link.connection.closeReason() == null ? 0 : 1;
          String failure = check(link, recursion, peer);
          if (failure != null) {
            wedged.add("round " + round + ": " + failure);
          }
        }
        if (wedged.size() > 10) {
          break;
        }
      }
      System.out.printf(
          "deep stack, %s: %d rounds, %d ended by the error, %d warnings, wedged %s; seed %d%n",
          medium, ROUNDS, ended, log.records().size(), wedged, seed);
    }
    assertEquals(List.of(), wedged, "seed " + seed);
  }

  private static void overflow(Recursion recursion) throws InterruptedException {
    AtomicReference<Throwable> escaped = new AtomicReference<>();
    Thread thread = new Thread(null, recursion, "deep", STACK_BYTES);
    thread.setUncaughtExceptionHandler((of, error) -> escaped.set(error));
    thread.start();
    thread.join(Deadline.TIME.toMillis());
    assertTrue(!thread.isAlive(), "the recursion has not ended");
    assertEquals(null, escaped.get());
    assertTrue(recursion.calls > 0);
  }

  private static String check(FailingConnection link, Recursion recursion, Future<Void> peer)
      throws Exception {
    CompletableFuture<Void> closed = link.writer.waitClosed();
    CloseReason before = link.connection.closeReason();
    if (before == null) {
      link.writer.transport().resumeReading();
      link.send("echo");
      link.writer.write(Texts.bytes("echo"));
    } else if (!hasStackOverflow(before.cause())) {
      return "ended by " + before;
    }
    link.writer.close();
    return firstFailure(link, recursion, peer, closed);
  }

  private static String firstFailure(
      FailingConnection link,
      Recursion recursion,
      Future<Void> peer,
      CompletableFuture<Void> closed) {
    try {
      Deadline.await("waitClosed", closed::isDone);
      Deadline.await("peer", peer::isDone);
      for (CompletableFuture<?> future : recursion.futures) {
        Deadline.await("future " + future, future::isDone);
      }
      return null;
    } catch (AssertionError wedge) {
      return wedge.getMessage()
          + " "
          + link.connection
          + " "
          + link.connection.closeReason()
          + " queued "
          + link.connection.writeBufferSize();
    }
  }

  private static boolean hasStackOverflow(Throwable error) {
    Throwable next = error;
    while (next != null) {
      if (next instanceof StackOverflowError) {
        return true;
      }
      next = next.getCause();
    }
    return false;
  }
}
