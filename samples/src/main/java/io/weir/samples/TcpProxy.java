package io.weir.samples;

// java -jar samples/target/weir-samples.jar tcp-proxy --lang java 8080 localhost:8888

import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Passes connections on to another server. A side that reads slowly slows the other down, the end
 * of one direction is passed on while the other goes on, and an error on either side aborts both.
 */
final class TcpProxy {

  private TcpProxy() {}

  static void run(Endpoint listen, Endpoint target) {
    ConnectionHandler proxy = (reader, writer) -> handleClient(reader, writer, target);
    ServerOptions options = ServerOptions.DEFAULTS.withErrorListener(OneLine::print);
    Server server = listen.listen(proxy, options).join();
    System.out.println("Proxying " + Endpoint.of(server) + " -> " + target);
    UntilStopped.serve(server);
  }

  private static CompletionStage<?> handleClient(
      StreamReader reader, StreamWriter writer, Endpoint target) {
    return target
        .connect(ConnectOptions.DEFAULTS)
        .thenCompose(there -> relay(new StreamConnection(reader, writer), there));
  }

  private static CompletionStage<?> relay(StreamConnection here, StreamConnection there) {
    Runnable abortBoth =
        () -> {
          here.writer().transport().abort();
          there.writer().transport().abort();
        };
    CompletableFuture<?> out = new Copy(here.reader(), there.writer(), abortBoth).start();
    CompletableFuture<?> back = new Copy(there.reader(), here.writer(), abortBoth).start();
    return CompletableFuture.allOf(out, back)
        .whenComplete(
            (done, error) -> {
              here.close();
              there.close();
            });
  }

  /** One direction: read a chunk, write it, wait until there is room for more. */
  private static final class Copy {

    private static final int CHUNK = 64 * 1024;

    private final StreamReader from;
    private final StreamWriter to;
    private final Runnable onError;
    private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    private final AtomicInteger rounds = new AtomicInteger();

    Copy(StreamReader from, StreamWriter to, Runnable onError) {
      this.from = from;
      this.to = to;
      this.onError = onError;
    }

    CompletableFuture<@Nullable Void> start() {
      nextRound();
      return done;
    }

    /**
     * A loop, not a recursion: a round that is complete at once asks for the next one from inside
     * this method, which then only counts it.
     */
    private void nextRound() {
      if (rounds.getAndIncrement() > 0) {
        return;
      }
      do {
        from.read(CHUNK).thenCompose(this::pass).whenComplete(this::ended);
      } while (rounds.decrementAndGet() > 0);
    }

    private CompletionStage<Boolean> pass(byte[] data) {
      if (data.length == 0) {
        to.writeEof();
        return CompletableFuture.completedFuture(false);
      }
      to.write(data);
      return to.drain().thenApply(drained -> true);
    }

    private void ended(@Nullable Boolean goOn, @Nullable Throwable error) {
      if (error != null) {
        onError.run();
        done.completeExceptionally(error);
      } else if (Boolean.TRUE.equals(goOn)) {
        nextRound();
      } else {
        done.complete(null);
      }
    }
  }
}
