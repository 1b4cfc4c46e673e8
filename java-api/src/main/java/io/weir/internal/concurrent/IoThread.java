package io.weir.internal.concurrent;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A thread that completes I/O, and so must never wait for I/O itself. */
public final class IoThread extends DaemonThread {

  /** A value of the thread, faster than a {@link ThreadLocal}. Confined to the thread. */
  @Nullable Object local;

  /** Watches the callbacks of the thread; null when they are not watched. */
  final @Nullable CallbackWatch watch;

  private IoThread(Runnable task, String name, @Nullable SlowCallbacks slow) {
    super(task, name);
    this.watch = slow == null ? null : new CallbackWatch(this, slow);
  }

  /** Returns whether the calling thread completes I/O. */
  public static boolean isCurrent() {
    return Thread.currentThread() instanceof IoThread;
  }

  /** Makes threads that all have one name, for owners of one thread at a time. */
  public static ThreadFactory factoryOf(String name) {
    return task -> make(() -> new IoThread(task, name, null));
  }

  /** Makes threads named {@code prefix-1}, {@code prefix-2} and so on. */
  public static ThreadFactory factory(String prefix) {
    return factory(prefix, null);
  }

  /**
   * Makes threads named {@code prefix-1}, {@code prefix-2} and so on, which run callbacks.
   *
   * @param slow reports callbacks that block a thread; null for no report
   */
  public static ThreadFactory factory(String prefix, @Nullable SlowCallbacks slow) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      String name = prefix + "-" + count.incrementAndGet();
      return make(() -> new IoThread(task, name, slow));
    };
  }
}
