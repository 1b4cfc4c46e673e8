package io.weir.benchmarks;

import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/** The memory of this process after garbage collections: heap and direct memory. */
final class MemoryInUse {

  private static final int COLLECTIONS = 3; // a buffer is freed one collection after its owner

  private MemoryInUse() {}

  static long bytes() throws InterruptedException {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      Thread.sleep(100); // for the thread that frees buffers
    }
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    return heap + direct();
  }

  /** Returns the direct memory, including what Netty allocates without the JDK. */
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
