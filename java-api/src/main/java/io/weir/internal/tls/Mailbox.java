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
 * what they do then can take its time. A thread that is in a call of somebody can tell that one
 * alone, as it may hold locks, and others have not been called for: a write must not run the
 * callbacks of a read. If there are others, all are told elsewhere, and until that is done whoever
 * is to be told then as well: so they are told in order, and the reason of an end comes before what
 * follows from it.
 */
final class Mailbox {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private final Consumer<Throwable> onFailure;
  private final Executor elsewhere;
  private final Object lock = new Object();
  private final Deque<Runnable> posted = new ArrayDeque<>(7); // does not grow; guarded by lock
  private boolean busy; // guarded by lock
  private @Nullable Deque<Runnable> later; // told elsewhere, while somebody is; guarded by lock

  // Confined to the thread that is busy, these three.
  private @Nullable Object caller; // in whose call it is; null when it is in nobody's
  private List<Runnable> calls = new ArrayList<>(2);
  private boolean forOthers; // is one of the calls

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
    runAll();
  }

  /**
   * Tells somebody something when the events are done. To be called by an event.
   *
   * @param whom is told
   * @param call tells
   */
  void tell(Object whom, Runnable call) {
    calls.add(call);
    forOthers |= caller != null && caller != whom;
  }

  private void runAll() {
    boolean done = false;
    while (!done) {
      Runnable event;
      synchronized (lock) {
        event = posted.poll();
      }
      if (event == null) {
        done = leaveAndTell();
      } else {
        run(event);
      }
    }
  }

  private boolean leaveAndTell() {
    List<Runnable> told = calls;
    Told where;
    try {
      where = leave(told);
    } catch (OutOfMemoryError none) { // they are told before others can post, then
      tellAll(told);
      told.clear();
      forOthers = false;
      return false;
    }
    switch (where) {
      case NOBODY, BEHIND_OTHERS -> {}
      case HERE -> tellAll(told);
      case ELSEWHERE -> tellElsewhere();
      case NOT_YET -> {
        return false;
      }
    }
    return true;
  }

  /** Where those are told who are to be told. */
  private enum Told {
    NOBODY,
    HERE,
    ELSEWHERE,
    /** Elsewhere, by who is at it. */
    BEHIND_OTHERS,
    /** There are events left. */
    NOT_YET
  }

  /** Lets others be busy; changes nothing when there is no memory. */
  private Told leave(List<Runnable> told) {
    List<Runnable> next = told.isEmpty() ? told : new ArrayList<>(2);
    synchronized (lock) {
      if (!posted.isEmpty()) {
        return Told.NOT_YET;
      }
      Told where = where(told);
      calls = next;
      forOthers = false;
      busy = false;
      return where;
    }
  }

  private Told where(List<Runnable> told) {
    if (told.isEmpty()) {
      return Told.NOBODY;
    }
    if (later != null) {
      later.addAll(told);
      return Told.BEHIND_OTHERS;
    }
    if (forOthers) {
      later = new ArrayDeque<>(told);
      return Told.ELSEWHERE;
    }
    return Told.HERE;
  }

  private void tellElsewhere() {
    try {
      elsewhere.execute(this::tellLater);
    } catch (Throwable refused) { // or no thread could be made, which is an Error
      tellLater();
    }
  }

  private void tellLater() {
    Runnable next = nextLater();
    while (next != null) {
      tellOne(next);
      next = nextLater();
    }
  }

  private @Nullable Runnable nextLater() {
    synchronized (lock) {
      Runnable next = later == null ? null : later.poll();
      if (next == null) {
        later = null;
      }
      return next;
    }
  }

  /** Without anything that takes memory. */
  private static void tellAll(List<Runnable> told) {
    for (int i = 0; i < told.size(); i++) {
      tellOne(told.get(i));
    }
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
