package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The thread that closes what the program has dropped. */
class GarbageWatchTest {

  /** Is busy, as a logger may be, until it may return. */
  private static final class Busy extends GarbageWatch.Watched {

    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch mayReturn = new CountDownLatch(1);

    Busy(Object object, GarbageWatch watch) {
      super(object, watch);
    }

    @Override
    protected void onGarbage() {
      entered.countDown();
      boolean returns = false;
      while (!returns) {
        try {
          returns = mayReturn.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
          // as a logger that does not let itself be interrupted
        }
      }
    }
  }

  @Test
  void a_watch_that_is_stopped_while_it_closes_a_connection_terminates_after_that()
      throws Exception {
    AtomicReference<Thread> thread = new AtomicReference<>();
    GarbageWatch watch =
        new GarbageWatch(
            task -> {
              Thread made = IoThread.factoryOf("garbage-watch-test").newThread(task);
              thread.set(made);
              return made;
            });
    Busy dropped = new Busy(new Object(), watch);
    watch.add(dropped);
    dropped.enqueue();
    assertTrue(dropped.entered.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));

    watch.stop();
    dropped.mayReturn.countDown();

    watch.awaitEnd(TimeUnit.SECONDS.toNanos(Deadline.LIMIT_SECONDS / 2));
    assertTrue(!thread.get().isAlive(), "the thread has terminated");
  }
}
