package io.weir.internal.tls;

import io.weir.internal.log.Printable;
import io.weir.internal.thread.IoThread;
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
 * what they do then can take its time. A thread of the user's tells what its own events have
 * brought; what another thread has brought meanwhile is told elsewhere, as it is none of what the
 * user has called for: a write must not run the callbacks of a read.
 */
final class Mailbox {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private final Consumer<Throwable> onFailure;
  private final Executor elsewhere;
  private final Object lock = new Object();
  private final Deque<Runnable> posted = new ArrayDeque<>(2); // guarded by lock
  private @Nullable Thread runner; // who is busy with events; guarded by lock
  private boolean visited; // while it was busy, by another thread; guarded by lock
  private List<Runnable> calls = new ArrayList<>(2); // confined to the thread that is busy

  /**
   * Makes a mailbox.
   *
   * @param onFailure is told, as a part of the event, what an event has thrown
   * @param elsewhere tells what is not for a thread of the user's
   */
  Mailbox(Consumer<Throwable> onFailure, Executor elsewhere) {
    this.onFailure = onFailure;
    this.elsewhere = elsewhere;
  }

  /** Runs an event, now or as soon as those before it have run. */
  void post(Runnable event) {
    Thread current = Thread.currentThread();
    synchronized (lock) {
      posted.add(event);
      if (runner != null) {
        visited |= runner != current;
        return;
      }
      runner = current;
    }
    runAll().run();
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

  /** Returns what tells those who are to be told. */
  private Runnable runAll() {
    while (true) {
      Runnable event;
      synchronized (lock) {
        event = posted.poll();
        if (event == null) {
          return leave();
        }
      }
      run(event);
    }
  }

  private Runnable leave() {
    boolean forOthers = visited && !IoThread.isCurrent();
    visited = false;
    runner = null;
    List<Runnable> told = calls;
    if (told.isEmpty()) {
      return () -> {};
    }
    Runnable telling = forOthers ? () -> tellElsewhere(told) : () -> tellAll(told);
    calls = new ArrayList<>(2);
    return telling;
  }

  private void tellElsewhere(List<Runnable> told) {
    try {
      elsewhere.execute(() -> tellAll(told));
    } catch (Throwable refused) { // or no thread could be made, which is an Error
      tellAll(told);
    }
  }

  private static void tellAll(List<Runnable> told) {
    told.forEach(Mailbox::tellOne);
  }

  private void run(Runnable event) {
    try {
      event.run();
    } catch (Throwable failure) { // a bug, or no memory: the mailbox goes on
      tell(failure);
    }
  }
}
