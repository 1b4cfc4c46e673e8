package io.weir.benchmarks;

import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/** What this process holds once garbage is gone: heap and direct memory. */
final class MemoryInUse {

  private static final int COLLECTIONS = 3; // buffers go one collection after their owners

  private MemoryInUse() {}

  static long bytes() throws InterruptedException {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      Thread.sleep(100); // for the thread that frees buffers
    }
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    return heap + direct();
  }

  /** The JDK does not count what Netty takes past it. */
  private static long direct() {
    return buffersOfTheJdk() + Math.max(0, PlatformDependent.usedDirectMemory());
  }

  private static long buffersOfTheJdk() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }
}
