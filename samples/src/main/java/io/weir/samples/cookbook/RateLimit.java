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
 * Limits the rate of bytes, of requests, or of anything that can be counted: a token bucket, which
 * is full at first. One object can serve one connection, or all of them together.
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

  /** Takes tokens, and completes when the bucket has had them. */
  public synchronized CompletableFuture<@Nullable Void> take(int tokens) {
    long now = System.nanoTime();
    spentUntil = Math.max(spentUntil, now - burstNanos) + (long) (tokens * nanosPerToken);
    return spentUntil <= now
        ? CompletableFuture.completedFuture(null)
        : new CompletableFuture<@Nullable Void>()
            .completeOnTimeout(null, spentUntil - now, NANOSECONDS);
  }

  /** Starts a server that echoes at most so many bytes a second of each client. */
  public static CompletableFuture<Server> start(
      String host, int port, long bytesPerSecond, long burst) {
    ConnectionHandler handler =
        (reader, writer) -> echo(reader, writer, new RateLimit(bytesPerSecond, burst));
    return AsyncStreams.startServer(ConnectionHandler.closing(handler), host, port);
  }

  /** While it waits it does not read, which slows the client down. */
  private static CompletionStage<?> echo(
      StreamReader reader, StreamWriter writer, RateLimit limit) {
    return reader.forEachChunk(
        16 << 10, chunk -> limit.take(chunk.length).thenCompose(allowed -> writer.send(chunk)));
  }
}
