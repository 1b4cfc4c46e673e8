package io.weir.internal.concurrent;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A daemon thread of the library. It can outlive the thread that starts it, so it inherits nothing
 * from that thread: no thread group, priority, thread locals, context class loader or access
 * control context.
 */
public class DaemonThread extends Thread {

  private static final ThreadGroup ROOT = root();

  @SuppressWarnings("ThreadPriorityCheck") // replaces an inherited priority with the normal one
  DaemonThread(Runnable task, String name) {
    super(ROOT, task, name, 0, false);
    setDaemon(true);
    setPriority(NORM_PRIORITY);
    setContextClassLoader(ClassLoader.getSystemClassLoader());
  }

  /** Returns whether the calling thread belongs to the library. */
  public static boolean isCurrent() {
    return Thread.currentThread() instanceof DaemonThread;
  }

  /** Makes threads named {@code prefix-1}, {@code prefix-2} and so on, which may block. */
  public static ThreadFactory factory(String prefix) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      String name = prefix + "-" + count.incrementAndGet();
      return make(() -> new DaemonThread(task, name));
    };
  }

  /**
   * Makes a thread without an access control context, which refers to the class loaders of the
   * calling classes.
   */
  @SuppressWarnings("removal") // JDKs before 24 have no other way to make such a thread
  static <T extends DaemonThread> T make(Supplier<T> constructor) {
    return AccessController.doPrivileged((PrivilegedAction<T>) constructor::get);
  }

  private static ThreadGroup root() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    return group;
  }
}
