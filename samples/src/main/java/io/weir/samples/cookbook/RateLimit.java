package io.weir.samples.cookbook;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Limits the rate of bytes, requests, or anything else that can be counted, with a token bucket
 * that is full at first. One object can serve one connection or all of them.
 */
public final class RateLimit {

  private final double nanosPerToken;
  private final long burstNanos;
  private long spentUntil;

  /** Creates a full bucket. */
  public RateLimit(long perSecond, long burst) {
    nanosPerToken = 1e9 / perSecond;
    burstNanos = (long) (burst * nanosPerToken);
    spentUntil = System.nanoTime() - burstNanos;
  }

  /** Takes tokens. The future completes when the bucket contains that many. */
  public synchronized CompletableFuture<@Nullable Void> take(int tokens) {
    long now = System.nanoTime();
    spentUntil = Math.max(spentUntil, now - burstNanos) + (long) (tokens * nanosPerToken);
    return spentUntil <= now
        ? CompletableFuture.completedFuture(null)
        : new CompletableFuture<@Nullable Void>()
            .completeOnTimeout(null, spentUntil - now, NANOSECONDS);
  }

  /** Starts an echo server that limits the bytes per second of each client. */
  public static CompletableFuture<Server> start(
      String host, int port, long bytesPerSecond, long burst) {
    ConnectionHandler handler =
        (reader, writer) -> echo(reader, writer, new RateLimit(bytesPerSecond, burst));
    return AsyncStreams.startServer(ConnectionHandler.closing(handler), host, port);
  }

  /** Reads nothing while it waits for tokens, which slows the client down. */
  private static CompletionStage<?> echo(
      StreamReader reader, StreamWriter writer, RateLimit limit) {
    return reader.forEachChunk(
        16 << 10, chunk -> limit.take(chunk.length).thenCompose(allowed -> writer.send(chunk)));
  }
}
