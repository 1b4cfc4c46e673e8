package io.weir.internal.tls;

import io.weir.internal.log.Printable;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Runs one event after another, in the order in which they were posted: on the thread that posts
 * one, or on that which is at it already. So what events touch needs no lock, and an event that
 * posts another does not nest.
 *
 * <p>Those who are to be told something are told when no event is left, and others may post again:
 * what they do then can take its time.
 */
final class Mailbox {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private final Consumer<Throwable> onFailure;
  private final Object lock = new Object();
  private final Deque<Runnable> posted = new ArrayDeque<>(2); // guarded by lock
  private boolean busy; // guarded by lock
  private List<Runnable> calls = new ArrayList<>(2); // confined to the thread that is busy

  /**
   * Makes a mailbox.
   *
   * @param onFailure is told, as a part of the event, what an event has thrown
   */
  Mailbox(Consumer<Throwable> onFailure) {
    this.onFailure = onFailure;
  }

  /** Runs an event, now or as soon as those before it have run. */
  void post(Runnable event) {
    synchronized (lock) {
      posted.add(event);
      if (busy) {
        return;
      }
      busy = true;
    }
    runAll().forEach(Mailbox::tellOne);
  }

  private void tell(Throwable failure) {
    try {
      onFailure.accept(failure);
    } catch (Throwable again) { // no memory, still
      LOG.log(Level.WARNING, "TLS broke down twice", Printable.error(again));
    }
  }

  /** What one does with what it is told must not keep it from the next. */
  private static void tellOne(Runnable call) {
    try {
      call.run();
    } catch (Throwable failure) {
      LOG.log(Level.WARNING, "what was told of TLS met an error", Printable.error(failure));
    }
  }

  /** Calls somebody when the events are done. To be called by an event. */
  void tell(Runnable call) {
    calls.add(call);
  }

  private List<Runnable> runAll() {
    while (true) {
      Runnable event;
      synchronized (lock) {
        event = posted.poll();
        if (event == null) {
          busy = false;
          return takeCalls();
        }
      }
      run(event);
    }
  }

  private List<Runnable> takeCalls() {
    if (calls.isEmpty()) {
      return List.of();
    }
    List<Runnable> taken = calls;
    calls = new ArrayList<>(2);
    return taken;
  }

  private void run(Runnable event) {
    try {
      event.run();
    } catch (Throwable failure) { // a bug, or no memory: the mailbox goes on
      tell(failure);
    }
  }
}
