package io.weir.samples.cookbook;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Decoders;
import io.weir.Encoders;
import io.weir.Server;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Answers lines. Reminds a client whose next line is late, and continues to read. */
public final class Reminder {

  private final StreamReader reader;
  private final StreamWriter writer;
  private final Duration limit;

  private Reminder(StreamReader reader, StreamWriter writer, Duration limit) {
    this.reader = reader;
    this.writer = writer;
    this.limit = limit;
  }

  /** Starts a server. */
  public static CompletableFuture<Server> start(String host, int port, Duration limit) {
    ConnectionHandler handler =
        (reader, writer) -> AsyncStreams.loop(new Reminder(reader, writer, limit)::round);
    return AsyncStreams.startServer(ConnectionHandler.closing(handler), host, port);
  }

  private CompletionStage<Boolean> round() {
    return reader
        .read(Decoders.textLine())
        .orTimeout(limit.toNanos(), NANOSECONDS) // on the read's own future, to cancel the read
        .handle(this::next)
        .thenCompose(next -> next);
  }

  private CompletionStage<Boolean> next(@Nullable String line, @Nullable Throwable error) {
    if (error instanceof TimeoutException) {
      return send("Are you still there?"); // an incomplete line stays in the reader
    }
    if (error != null) {
      return CompletableFuture.failedFuture(error);
    }
    return line == null ? completedFuture(false) : send("You said " + line);
  }

  private CompletionStage<Boolean> send(String text) {
    return writer.send(Encoders.textLine(), text).thenApply(sent -> true);
  }
}
