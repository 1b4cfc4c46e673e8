package io.weir.internal.tls;

import io.weir.internal.log.Printable;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs one event after another, in the order in which they were posted: on the thread that posts
 * one, or on that which is at it already. So what events touch needs no lock, and an event that
 * posts another does not nest.
 *
 * <p>Those who are to be told something are told when no event is left, and others may post again:
 * what they do then can take its time. A thread that is in a call of somebody tells that one alone,
 * as others have not been called for, and it may hold locks: a write must not run the callbacks of
 * a read. They are told elsewhere.
 */
final class Mailbox {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private final Consumer<Throwable> onFailure;
  private final Executor elsewhere;
  private final Object lock = new Object();
  private final Deque<Runnable> posted = new ArrayDeque<>(2); // guarded by lock
  private boolean busy; // guarded by lock

  // Confined to the thread that is busy, these two.
  private @Nullable Object caller; // in whose call it is; null when it is in nobody's
  private List<Runnable> calls = new ArrayList<>(2);

  /**
   * Makes a mailbox.
   *
   * @param onFailure is told, as a part of the event, what an event has thrown
   * @param elsewhere tells those who are not to be told in another's call
   */
  Mailbox(Consumer<Throwable> onFailure, Executor elsewhere) {
    this.onFailure = onFailure;
    this.elsewhere = elsewhere;
  }

  /**
   * Runs an event, now or as soon as those before it have run. Everybody can be told on this
   * thread.
   */
  void post(Runnable event) {
    post(event, null);
  }

  /**
   * Runs an event, now or as soon as those before it have run.
   *
   * @param by in whose call, who is the only one to be told on this thread
   */
  void post(Runnable event, @Nullable Object by) {
    synchronized (lock) {
      posted.add(event);
      if (busy) {
        return;
      }
      busy = true;
      caller = by;
    }
    runAll().forEach(Mailbox::tellOne);
  }

  /**
   * Tells somebody something when the events are done. To be called by an event.
   *
   * @param whom is told
   * @param call tells
   */
  void tell(Object whom, Runnable call) {
    boolean here = caller == null || caller == whom;
    calls.add(here ? call : () -> tellElsewhere(call));
  }

  private void tellElsewhere(Runnable call) {
    try {
      elsewhere.execute(() -> tellOne(call));
    } catch (Throwable refused) { // or no thread could be made, which is an Error
      tellOne(call);
    }
  }

  private List<Runnable> runAll() {
    while (true) {
      Runnable event;
      synchronized (lock) {
        event = posted.poll();
      }
      if (event != null) {
        run(event);
        continue;
      }
      List<Runnable> next = nextCalls();
      synchronized (lock) {
        if (posted.isEmpty()) {
          List<Runnable> told = next == calls ? List.of() : calls;
          calls = next;
          busy = false;
          return told;
        }
      }
    }
  }

  /** What is collected next; the same if all of that has been told. */
  private List<Runnable> nextCalls() {
    if (!calls.isEmpty()) {
      try {
        return new ArrayList<>(2);
      } catch (OutOfMemoryError none) { // then who posts has to wait meanwhile
        calls.forEach(Mailbox::tellOne);
        calls.clear();
      }
    }
    return calls;
  }

  private void run(Runnable event) {
    try {
      event.run();
    } catch (Throwable failure) { // a bug, or no memory: the mailbox goes on
      tell(failure);
    }
  }

  private void tell(Throwable failure) {
    try {
      onFailure.accept(failure);
    } catch (Throwable again) { // no memory, still
      report("TLS broke down twice", again);
    }
  }

  /** What one does with what it is told must not keep it from the next. */
  private static void tellOne(Runnable call) {
    try {
      call.run();
    } catch (Throwable failure) {
      report("what was told of TLS met an error", failure);
    }
  }

  private static void report(String text, Throwable failure) {
    try {
      LOG.log(Level.WARNING, text, Printable.error(failure));
    } catch (Throwable alsoFailed) {
      // It goes on without a word then.
    }
  }
}
