package io.weir.samples.cookbook;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.StreamConnection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a connection to a server: reconnects when it is lost. The delay before an attempt doubles
 * with each failure, and half of it is random, so that many clients do not reconnect at once.
 */
public final class Reconnecting implements AutoCloseable {

  private static final long FIRST_DELAY = 100; // in milliseconds
  private static final long MAX_DELAY = 30_000;
  private static final ConnectOptions OPTIONS =
      ConnectOptions.DEFAULTS.withConnectTimeout(Duration.ofSeconds(5));

  private final String host;
  private final int port;
  private final Function<StreamConnection, CompletionStage<?>> session;
  private final Consumer<Throwable> onLoss;
  private long delay = FIRST_DELAY;
  private boolean closed;
  private @Nullable CompletableFuture<StreamConnection> attempt;

  private Reconnecting(
      String host,
      int port,
      Function<StreamConnection, CompletionStage<?>> session,
      Consumer<Throwable> onLoss) {
    this.host = host;
    this.port = port;
    this.session = session;
    this.onLoss = onLoss;
  }

  /**
   * Runs a session on a connection. When it completes, reconnects and runs the next one.
   *
   * @param onLoss receives the error of each failed attempt or session
   */
  public static Reconnecting start(
      String host,
      int port,
      Function<StreamConnection, CompletionStage<?>> session,
      Consumer<Throwable> onLoss) {
    Reconnecting reconnecting = new Reconnecting(host, port, session, onLoss);
    AsyncStreams.loop(reconnecting::round);
    return reconnecting;
  }

  private synchronized CompletionStage<Boolean> round() {
    if (closed) {
      return CompletableFuture.completedFuture(false);
    }
    attempt = AsyncStreams.openConnection(host, port, OPTIONS);
    return attempt
        .thenCompose(this::runSession)
        .handle((done, error) -> pause(error))
        .thenCompose(pause -> pause);
  }

  private CompletionStage<?> runSession(StreamConnection connection) {
    succeeded();
    return CompletableFuture.completedFuture(connection)
        .thenCompose(session::apply) // a session that throws also closes its connection
        .whenComplete((done, error) -> connection.close());
  }

  private synchronized void succeeded() {
    delay = FIRST_DELAY;
  }

  private CompletionStage<Boolean> pause(@Nullable Throwable error) {
    if (error != null && !isClosed()) {
      onLoss.accept(error);
    }
    return new CompletableFuture<Boolean>().completeOnTimeout(true, nextDelay(), MILLISECONDS);
  }

  private synchronized long nextDelay() {
    long random = ThreadLocalRandom.current().nextLong(delay / 2, delay);
    delay = Math.min(2 * delay, MAX_DELAY);
    return random;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** Closes the connection and does not reconnect. */
  @Override
  public synchronized void close() {
    closed = true;
    if (attempt != null) {
      attempt.cancel(false); // if it is still connecting
      attempt.thenAccept(StreamConnection::close);
    }
  }
}
