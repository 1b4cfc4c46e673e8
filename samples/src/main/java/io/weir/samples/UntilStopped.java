package io.weir.samples;

import io.weir.Server;
import io.weir.ShutdownReport;
import java.time.Duration;

/**
 * Serves until SIGTERM or Ctrl-C. Then queued bytes are sent, the connections are closed, and the
 * process prints how they closed and exits with status 0.
 */
final class UntilStopped {

  /** The maximum time of the shutdown. */
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

  /** These handlers run until their clients leave, so patience would only delay the exit. */
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

  /** Exits with status 0. The JVM would exit with 143 after SIGTERM, as if it had been killed. */
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
