package io.weir.internal.concurrent;

import io.weir.internal.log.ErrorLog;
import java.lang.System.Logger.Level;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;

/**
 * Runs callbacks on one thread: one after another, and never inside a call of the library. Each
 * thread has its own.
 *
 * <p>The library's calls and I/O events are bracketed by {@link #enterCall} or {@link #enterEvent}
 * and {@link #exit}. A completion that is queued meanwhile waits until the outermost of them
 * returns. A completion that a callback queues waits until that callback returns. So a callback
 * finds no lock held and no state half changed, and callbacks do not nest.
 *
 * <pre>
 *   enterCall()   run(a) run(b)   exit()
 *   ----|------------|------|-------|--> a --> b --> c          (a queued c)
 *       in a call                       callbacks
 * </pre>
 *
 * <p>A read whose result is known at once returns a completed future, whose callbacks the JDK runs
 * where they are attached. Callbacks that read inside each other would fill the stack, so {@link
 * #mayCompleteNow} allows only some completed futures in a row. It counts, as the JDK's own
 * asynchronous channels do, and does not measure the stack.
 */
public final class Trampoline {

  /**
   * The number of futures in a row that may be returned completed. Each can add about ten frames.
   */
  private static final int MAX_IN_A_ROW = 32;

  /** The number of callbacks to run before other channels of an event loop get their turn. */
  private static final int MAX_IN_A_TURN = 64;

  /** Held weakly: a thread that has called the library must not pin the library's class loader. */
  private static final ThreadLocal<@Nullable WeakReference<Trampoline>> OF_OTHER_THREADS =
      new ThreadLocal<>();

  private final ArrayDeque<Runnable> pending = new ArrayDeque<>();
  private @Nullable ArrayDeque<Runnable> whenIdle; // run when no callback is pending
  private @Nullable Executor eventLoop; // that runs on this thread, if one does
  private int calls; // of the library that are under way, not counting those around a callback
  private boolean inEvent; // whether the outermost of them is an I/O event
  private boolean running; // whether a callback is
  private boolean mayBlock; // whether the running callback may
  private int inARow; // futures that were returned completed
  private final @Nullable CallbackWatch watch; // null when callbacks are not watched

  private Trampoline(@Nullable CallbackWatch watch) {
    this.watch = watch;
  }

  /** Returns the trampoline of the calling thread. */
  public static Trampoline current() {
    if (Thread.currentThread() instanceof IoThread thread) {
      if (thread.local instanceof Trampoline known) {
        return known;
      }
      Trampoline made = new Trampoline(thread.watch);
      thread.local = made;
      return made;
    }
    WeakReference<Trampoline> reference = OF_OTHER_THREADS.get();
    Trampoline known = reference == null ? null : reference.get();
    if (known != null) {
      return known;
    }
    Trampoline made = new Trampoline(null);
    OF_OTHER_THREADS.set(new WeakReference<>(made));
    return made;
  }

  /**
   * Makes the calling thread yield to other tasks of its event loop after some callbacks.
   *
   * @return the thread's trampoline, which the event loop keeps from being collected
   */
  public static Trampoline yieldTo(Executor eventLoop) {
    Trampoline current = current();
    current.eventLoop = eventLoop;
    return current;
  }

  /** Enters a call that a program makes. */
  public static Trampoline enterCall() {
    Trampoline current = current();
    if (current.calls++ == 0) {
      current.inEvent = false;
    }
    return current;
  }

  /** Enters the handling of an I/O event, of a timer or of a task of the library. */
  public static Trampoline enterEvent() {
    Trampoline current = current();
    if (current.calls++ == 0) {
      current.inEvent = true;
    }
    return current;
  }

  /**
   * Leaves the call or event that was entered last. The outermost one runs the pending callbacks.
   */
  public void exit() {
    if (--calls == 0 && !running && hasWork()) {
      runOutermost();
    }
  }

  private void runOutermost() {
    if (inEvent || StackRoom.isEnoughForCallback()) {
      runPending();
    } else if (StackRoom.isEnoughForJdkCall()) {
      handOver();
    }
    // Otherwise a later call of this thread runs them.
  }

  /**
   * Runs the pending callbacks on another thread, because a program's recursion has filled the
   * stack of this one.
   */
  private void handOver() {
    try {
      List<Runnable> callbacks = List.copyOf(pending);
      ForkJoinPool.commonPool().execute(() -> callbacks.forEach(current()::run));
      pending.clear();
    } catch (StackOverflowError | OutOfMemoryError noRoom) {
      // Nothing was removed, so some may run twice. A future completes only once.
    }
  }

  /** Returns whether a call of the library is under way on the calling thread. */
  public static boolean isInCall() {
    return current().calls > 0;
  }

  /** Returns whether this thread handles an I/O event, outside a program's call and a callback. */
  boolean isInEvent() {
    return calls > 0 && inEvent && !running;
  }

  /** Returns whether the calling thread runs a callback. */
  public boolean isRunning() {
    return running;
  }

  /** Returns whether the calling thread runs a callback that must not block. */
  public boolean isRunningWithoutBlocking() {
    return running && !mayBlock;
  }

  /**
   * Runs a callback on this thread: at once when no call of the library and no other callback is
   * under way here, otherwise after them.
   */
  public void run(Runnable callback) {
    try {
      pending.add(callback);
    } catch (OutOfMemoryError noRoom) { // see docs/memory.md
      runSafely(callback);
      return;
    }
    if (calls == 0 && !running) {
      runPending();
    }
  }

  /** Runs a callback on a thread of a program's executor, where it may block. */
  public void runOnExecutor(Runnable callback) {
    boolean nested = running;
    boolean blockingBefore = mayBlock;
    int callsBefore = calls; // the executor may run tasks on the submitting thread
    running = true;
    mayBlock = true;
    calls = 0;
    try {
      inARow = 0;
      runSafely(callback);
      if (!nested) {
        drain(Integer.MAX_VALUE);
      }
    } finally {
      running = nested;
      mayBlock = blockingBefore;
      calls = callsBefore;
    }
  }

  /** Runs a task when no callback is pending on this thread any more. */
  public void whenIdle(Runnable task) {
    if (whenIdle == null) {
      whenIdle = new ArrayDeque<>(2);
    }
    whenIdle.add(task);
  }

  /**
   * Returns whether a future may be returned completed: false after 32 in a row. The caller then
   * completes the future later, on this trampoline if a callback {@linkplain #isRunning is
   * running}.
   */
  public boolean mayCompleteNow() {
    if (inARow < MAX_IN_A_ROW) {
      inARow++;
      return true;
    }
    if (!running) {
      inARow = 0; // another thread completes this one
    }
    return false;
  }

  /**
   * Checks the stack before a write to a channel, and before TLS, because a socket and a TLS engine
   * of the JDK keep their lock for ever when the stack overflows inside their calls. Does not check
   * in an I/O event, which starts with a stack that is nearly empty.
   *
   * @throws StackOverflowError when there is no room
   */
  public void checkStack() {
    if (running || !(Thread.currentThread() instanceof IoThread)) {
      StackRoom.requireForJdkCall();
    }
  }

  /** Resets the count: the caller looks at results itself, so it does not chain callbacks. */
  void isIterating() {
    inARow = 0;
  }

  /** Runs the pending callbacks, because this thread is about to wait. */
  void runBeforeBlocking() {
    if (calls > 0) {
      return;
    }
    if (running) {
      drain(Integer.MAX_VALUE);
    } else if (hasWork()) {
      runPending();
    }
  }

  private boolean hasWork() {
    return !pending.isEmpty() || (whenIdle != null && !whenIdle.isEmpty());
  }

  private void runPending() {
    if (eventLoop == null) {
      drainAll();
    } else if (!drainWhileRunning(MAX_IN_A_TURN)) {
      yieldOrGoOn(eventLoop);
    }
  }

  private void yieldOrGoOn(Executor loop) {
    try {
      loop.execute(this::runRest);
    } catch (Throwable noMemory) { // for the task
      drainAll();
    }
  }

  private void runRest() {
    if (!running && calls == 0) {
      runPending();
    }
  }

  private void drainAll() {
    boolean done = false;
    while (!done) {
      done = drainWhileRunning(Integer.MAX_VALUE);
    }
  }

  private boolean drainWhileRunning(int most) {
    running = true;
    try {
      return drain(most);
    } finally {
      running = false;
    }
  }

  /** Runs a callback inside the running one, whose purpose is to run others. */
  void runNested(Runnable callback) {
    inARow = 0;
    runSafely(callback);
  }

  /** Runs at most {@code most} callbacks. Returns false when others are left. */
  private boolean drain(int most) {
    int left = most;
    while (true) {
      Runnable next = left > 0 ? pending.poll() : null;
      if (next == null && whenIdle != null) {
        next = whenIdle.poll();
      }
      if (next == null) {
        return pending.isEmpty();
      }
      left--;
      inARow = 0;
      if (watch == null) {
        runSafely(next);
      } else {
        watch.started();
        runSafely(next);
        watch.ended();
      }
      calls = 0; // a call of the callback may have had no stack left for exit()
    }
  }

  private static void runSafely(Runnable callback) {
    try {
      callback.run();
    } catch (Throwable failure) { // the next callback runs nevertheless
      ErrorLog.report(Level.WARNING, "A callback failed", failure);
    }
  }
}
