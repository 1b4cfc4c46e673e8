package io.weir.internal.thread;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** A daemon thread that carries I/O, and so must never wait for I/O itself. */
public final class IoThread extends Thread {

  private IoThread(Runnable task, String name) {
    super(null, task, name, 0, false); // not with what the first caller's thread would pass on
    setDaemon(true);
    setContextClassLoader(ClassLoader.getSystemClassLoader());
  }

  /** Whether the calling thread carries I/O. */
  public static boolean isCurrent() {
    return Thread.currentThread() instanceof IoThread;
  }

  /** Makes threads of one name, one after the other. */
  public static ThreadFactory factoryOf(String name) {
    return task -> new IoThread(task, name);
  }

  /** Makes threads named {@code prefix-1}, {@code prefix-2} and so on. */
  public static ThreadFactory factory(String prefix) {
    AtomicInteger count = new AtomicInteger();
    return task -> new IoThread(task, prefix + "-" + count.incrementAndGet());
  }
}
