package io.weir.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;

/** The sockets that this process has open, as the kernel counts them. */
public final class OpenFiles {

  private static final File DIRECTORY = new File("/proc/self/fd");

  private OpenFiles() {}

  /** The open sockets; those that were open before belong to somebody else. */
  public static Set<String> sockets() {
    String[] handles = DIRECTORY.list();
    if (handles == null) {
      return Assumptions.abort("this system does not tell open files in " + DIRECTORY);
    }
    Set<String> sockets = new TreeSet<>();
    for (String handle : handles) {
      String target = target(handle);
      if (target.startsWith("socket:")) {
        sockets.add(target);
      }
    }
    return sockets;
  }

  private static String target(String handle) {
    try {
      return Files.readSymbolicLink(Path.of(DIRECTORY.getPath(), handle)).toString();
    } catch (IOException closedMeanwhile) {
      return "";
    }
  }

  /** Returns the open sockets that are not among these. */
  public static Set<String> since(Set<String> before) {
    Set<String> opened = sockets();
    opened.removeAll(before);
    return opened;
  }

  /** Waits until no more sockets are open than these. */
  public static void awaitNoMoreThan(Set<String> before) {
    Deadline.await(
        "all sockets are closed that were opened since", () -> before.containsAll(sockets()));
  }
}
