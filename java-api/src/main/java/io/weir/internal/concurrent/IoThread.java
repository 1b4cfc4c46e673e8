package io.weir.internal.concurrent;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A daemon thread that completes I/O, and so must never wait for I/O itself. It can outlive the
 * thread that causes its start, so it inherits nothing from it: neither thread group, priority and
 * thread locals nor context class loader and access control context.
 */
public final class IoThread extends Thread {

  private static final ThreadGroup ROOT = root();

  /** A value of the thread, faster than a {@link ThreadLocal}. Confined to the thread. */
  @Nullable Object local;

  @SuppressWarnings("ThreadPriorityCheck") // replaces an inherited priority by the normal one
  private IoThread(Runnable task, String name) {
    super(ROOT, task, name, 0, false);
    setDaemon(true);
    setPriority(NORM_PRIORITY);
    setContextClassLoader(ClassLoader.getSystemClassLoader());
  }

  /** Whether the calling thread completes I/O. */
  public static boolean isCurrent() {
    return Thread.currentThread() instanceof IoThread;
  }

  /** Makes threads of one name, one after the other. */
  public static ThreadFactory factoryOf(String name) {
    return task -> of(task, name);
  }

  /** Makes threads named {@code prefix-1}, {@code prefix-2} and so on. */
  public static ThreadFactory factory(String prefix) {
    AtomicInteger count = new AtomicInteger();
    return task -> of(task, prefix + "-" + count.incrementAndGet());
  }

  /** The access control context of a thread refers to the class loaders of the calling classes. */
  @SuppressWarnings("removal") // without it, JDKs before 24 have no way to make such a thread
  private static IoThread of(Runnable task, String name) {
    return AccessController.doPrivileged(
        (PrivilegedAction<IoThread>) () -> new IoThread(task, name));
  }

  private static ThreadGroup root() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    return group;
  }
}
