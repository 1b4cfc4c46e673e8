package io.weir.samples.cookbook;

import io.weir.AsyncStreams;
import io.weir.StreamConnection;
import io.weir.samples.cookbook.Resp.Reply;
import io.weir.samples.cookbook.Resp.ServerError;
import java.io.EOFException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A Redis client that pipelines: it sends a command without waiting for the replies to earlier
 * ones. The server replies in the order of the commands.
 */
public final class RedisClient implements AutoCloseable {

  private final StreamConnection connection;
  private final Queue<CompletableFuture<@Nullable Object>> pending = new ArrayDeque<>();
  private @Nullable Throwable end;

  private RedisClient(StreamConnection connection) {
    this.connection = connection;
  }

  /** Connects to a server. */
  public static CompletableFuture<RedisClient> connect(String host, int port) {
    return AsyncStreams.openConnection(host, port)
        .thenApply(
            connection -> {
              RedisClient client = new RedisClient(connection);
              connection
                  .reader()
                  .acceptEach(Resp.REPLY, client::complete)
                  .whenComplete((done, error) -> client.failAll(error));
              return client;
            });
  }

  /**
   * Sends a command and returns the value of its reply. An error reply fails the future with {@link
   * ServerError}. A cancelled future keeps its place in the queue, so that later replies still
   * match their commands.
   */
  public synchronized CompletableFuture<@Nullable Object> call(String... words) {
    if (end != null) {
      return CompletableFuture.failedFuture(end);
    }
    CompletableFuture<@Nullable Object> result = new CompletableFuture<>();
    connection.writer().write(Resp.COMMAND.encode(List.of(words)));
    pending.add(result);
    return result;
  }

  private void complete(Reply reply) {
    CompletableFuture<@Nullable Object> result = next();
    if (reply.value() instanceof ServerError error) {
      result.completeExceptionally(error);
    } else {
      result.complete(reply.value());
    }
  }

  private synchronized CompletableFuture<@Nullable Object> next() {
    return pending.remove();
  }

  private void failAll(@Nullable Throwable error) {
    Throwable cause = error == null ? new EOFException("Redis closed the connection") : error;
    List<CompletableFuture<@Nullable Object>> waiting;
    synchronized (this) {
      end = cause;
      waiting = new ArrayList<>(pending);
      pending.clear();
    }
    waiting.forEach(result -> result.completeExceptionally(cause));
    connection.close();
  }

  /** Closes the connection. Pending commands fail. */
  @Override
  public void close() {
    connection.close();
  }
}
