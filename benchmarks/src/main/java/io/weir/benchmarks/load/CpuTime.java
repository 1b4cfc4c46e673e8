package io.weir.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the CPU time of another process from Linux. */
final class CpuTime {

  /** Per second. The kernel reports times in this unit (USER_HZ), whatever its own unit is. */
  private static final double TICKS = 100;

  private static final int USER = 11; // counted from the state, which is after the name
  private static final int SYSTEM = 12;

  private CpuTime() {}

  /** Returns the CPU seconds of a process, in user mode and in the kernel; NaN if unknown. */
  static double seconds(long pid) {
    Path stat = Path.of("/proc", Long.toString(pid), "stat");
    try {
      String line = Files.readString(stat);
      String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
      return (Long.parseLong(fields[USER]) + Long.parseLong(fields[SYSTEM])) / TICKS;
    } catch (IOException e) {
      return Double.NaN;
    }
  }
}
