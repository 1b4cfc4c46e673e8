package io.weir.samples.cookbook;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Server;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * A bean that starts a server with the application, and stops it before the beans that its handlers
 * use. While the server stops, clients still receive pending answers, and new clients cannot
 * connect.
 */
public final class SpringServer implements SmartLifecycle {

  /** Less than {@code spring.lifecycle.timeout-per-shutdown-phase}, which defaults to 30 s. */
  private static final Duration GRACE = Duration.ofSeconds(20);

  private final ConnectionHandler handler;
  private final String host;
  private final int port;
  private volatile @Nullable Server server;

  /** Creates a server that does not listen yet. */
  public SpringServer(ConnectionHandler handler, String host, int port) {
    this.handler = handler;
    this.host = host;
    this.port = port;
  }

  @Override
  public void start() {
    server = AsyncStreams.startServer(handler, host, port).join(); // a failure stops the startup
  }

  @Override
  public boolean isRunning() {
    Server current = server;
    return current != null && current.isServing();
  }

  /** Shuts down; Spring waits for the callback. */
  @Override
  public void stop(Runnable callback) {
    Server current = server;
    if (current == null) {
      callback.run();
    } else {
      current.shutdown(GRACE).whenComplete((report, error) -> callback.run());
    }
  }

  @Override
  public void stop() {
    Server current = server;
    if (current != null) {
      current.shutdown(GRACE).join();
    }
  }

  /** Returns the port on which the server listens. */
  public int port() {
    Server current = server;
    return current == null ? port : current.port();
  }
}
