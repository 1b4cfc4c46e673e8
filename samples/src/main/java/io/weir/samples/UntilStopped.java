package io.weir.samples;

import io.weir.Server;
import io.weir.ShutdownReport;
import java.time.Duration;

/**
 * Serves until the process is asked to end, by SIGTERM or with Ctrl-C. Then clients get what was
 * written to them, and the end; the process prints how they ended, and exits with 0.
 */
final class UntilStopped {

  /** How long all of it may take. */
  static final Duration GRACE = Duration.ofSeconds(10);

  private UntilStopped() {}

  static void serve(Server server) {
    Thread stop = new Thread(() -> exitAfter(server));
    Runtime.getRuntime().addShutdownHook(stop);
    try (server) {
      server.serveForever().exceptionally(closed -> null).join();
    }
    await(stop); // the shutdown, if a signal started one
  }

  /** These servers serve until their clients leave, so there is no use in leaving them alone. */
  private static void exitAfter(Server server) {
    print(server.shutdown(Duration.ZERO, GRACE).join());
    exitInOrder();
  }

  static void print(ShutdownReport report) {
    System.out.println(
        "Shut down: "
            + report.finished()
            + " finished, "
            + report.closed()
            + " closed, "
            + report.aborted()
            + " aborted, "
            + report.failed()
            + " failed");
  }

  /** The JVM would exit with 143 for SIGTERM, as if it had been cut off. */
  static void exitInOrder() {
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  private static void await(Thread stop) {
    try {
      stop.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
