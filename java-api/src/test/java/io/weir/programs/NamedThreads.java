package io.weir.programs;

import java.util.concurrent.ThreadFactory;

/** A factory of threads for the default group, named by a system property. */
public final class NamedThreads implements ThreadFactory {

  @Override
  public Thread newThread(Runnable task) {
    Thread thread = new Thread(task, "named-thread");
    thread.setDaemon(true);
    return thread;
  }
}
