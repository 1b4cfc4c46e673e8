package io.weir.internal.concurrent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.log.ErrorLog;
import java.lang.System.Logger.Level;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Detects which of its objects have become garbage, on a thread that starts with the first object.
 * The thread terminates when no object is left, or when it is {@linkplain #stop stopped}. (The
 * thread of a {@link java.lang.ref.Cleaner} terminates only some time after the cleaner itself has
 * become garbage.) Any thread may call.
 */
public final class GarbageWatch {

  private static final long IDLE_MILLIS = TimeUnit.SECONDS.toMillis(10);

  /** The action for an object that becomes garbage. It must not refer to the object. */
  public abstract static class Watched extends PhantomReference<Object> {

    private @Nullable Watched previous; // guarded by the lock of the watch
    private @Nullable Watched next; // guarded by the lock of the watch

    /** Creates the action for an object; {@link GarbageWatch#add} adds it to the watch. */
    protected Watched(Object object, GarbageWatch watch) {
      super(object, watch.garbage);
    }

    /** Called once, when the object has become garbage. */
    protected abstract void onGarbage();
  }

  private final ThreadFactory threads;
  private final ReferenceQueue<Object> garbage = new ReferenceQueue<>();

  @GuardedBy("this")
  private @Nullable Watched first; // of a linked list, which takes less memory than a set

  @GuardedBy("this")
  private @Nullable Thread thread; // null while none runs

  @GuardedBy("this")
  private boolean stopped;

  /**
   * Creates a watch without a thread.
   *
   * @param threads creates the watch's thread
   */
  public GarbageWatch(ThreadFactory threads) {
    this.threads = threads;
  }

  /** Adds an object. Does nothing when this watch has been stopped. */
  public synchronized void add(Watched object) {
    if (stopped) {
      return;
    }
    if (thread == null) {
      Thread started = threads.newThread(this::run);
      started.start();
      thread = started;
    }
    object.next = first;
    if (first != null) {
      first.previous = object;
    }
    first = object;
  }

  /** Removes an object. Returns false when it is not, or no longer, watched. */
  public synchronized boolean remove(Watched object) {
    Watched before = object.previous;
    Watched after = object.next;
    if (before == null && first != object) {
      return false;
    }
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after != null) {
      after.previous = before;
    }
    object.previous = null;
    object.next = null;
    object.clear();
    return true;
  }

  /** Removes all objects, and terminates the thread. */
  public synchronized void stop() {
    stopped = true;
    first = null;
    if (thread != null) {
      thread.interrupt();
    }
  }

  /** Waits until the thread of a stopped watch has terminated. */
  public void awaitEnd(long nanos) throws InterruptedException {
    Thread running;
    synchronized (this) {
      running = thread;
    }
    if (running != null) {
      TimeUnit.NANOSECONDS.timedJoin(running, nanos);
    }
  }

  private void run() {
    boolean wasBusy = true;
    while (!isOver(wasBusy)) {
      wasBusy = handleNext();
    }
  }

  /**
   * Decides whether the thread terminates. A stopped watch is over even after a busy turn, which
   * has cleared the interrupt of {@link #stop}.
   */
  private synchronized boolean isOver(boolean wasBusy) {
    if (!stopped && (wasBusy || first != null)) {
      return false;
    }
    thread = stopped ? thread : null;
    return true;
  }

  /**
   * Waits for an object to become garbage. Returns false when none did for ten seconds. A method of
   * its own, so that the waiting thread has no reference to the last object.
   */
  private boolean handleNext() {
    try {
      Reference<?> found = garbage.remove(IDLE_MILLIS);
      if (found instanceof Watched watched && remove(watched)) {
        watched.onGarbage();
      }
      return found != null;
    } catch (InterruptedException stoppedOrForeign) {
      return false;
    } catch (Throwable failure) { // or an OutOfMemoryError: the others are still watched
      ErrorLog.report(
          Level.WARNING, "a connection that the program dropped could not be closed", failure);
      return true;
    } finally {
      Thread.interrupted(); // clears an interrupt that a callback left
    }
  }
}
