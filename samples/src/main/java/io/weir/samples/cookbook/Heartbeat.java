package io.weir.samples.cookbook;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Decoders;
import io.weir.Encoders;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A server that sends PING at intervals and disconnects silent clients. */
public final class Heartbeat {

  private final Duration interval;

  private Heartbeat(Duration interval) {
    this.interval = interval;
  }

  /** Starts a server. A client that sends no line for three intervals is disconnected. */
  public static CompletableFuture<Server> start(String host, int port, Duration interval) {
    // An idle timeout would count the pings as traffic.
    ServerOptions options = ServerOptions.DEFAULTS.withReadTimeout(interval.multipliedBy(3));
    ConnectionHandler handler = new Heartbeat(interval)::handle;
    return AsyncStreams.startServer(ConnectionHandler.closing(handler), host, port, options);
  }

  private CompletionStage<?> handle(StreamReader reader, StreamWriter writer) {
    CompletableFuture<?> pings =
        AsyncStreams.loop(
            () ->
                pause()
                    .thenCompose(next -> writer.send(Encoders.textLine(), "PING"))
                    .thenApply(sent -> true));
    return reader
        .acceptEach(Decoders.textLine(), line -> {}) // PONG, or a line of the program's protocol
        .whenComplete((ended, error) -> pings.cancel(false));
  }

  private CompletableFuture<?> pause() {
    return new CompletableFuture<>().completeOnTimeout(null, interval.toNanos(), NANOSECONDS);
  }
}
