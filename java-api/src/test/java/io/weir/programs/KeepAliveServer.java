package io.weir.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.weir.AsyncStreams;
import io.weir.IncompleteReadException;
import io.weir.Server;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.testing.GarbageCollection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * A server in the style of HTTP/1.1 with keep-alive, in futures: reads the header of a request,
 * answers, and reads the next. Prints the heap in use now and then. Runs in a JVM with a small
 * heap.
 */
public final class KeepAliveServer {

  /** How many requests there are between two looks at the heap. */
  public static final int PART = 500_000;

  /** The answer to each request. */
  public static final String RESPONSE =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";

  private static final byte[] RESPONSE_BYTES = RESPONSE.getBytes(US_ASCII);
  private static final byte[] END_OF_HEADER = "\r\n\r\n".getBytes(US_ASCII);

  private KeepAliveServer() {}

  public static void main(String[] arguments) {
    Server server = AsyncStreams.startServer(KeepAliveServer::serve, "127.0.0.1", 0).join();
    System.out.println("port " + server.port());
    server.serveForever().join();
  }

  private static CompletionStage<?> serve(StreamReader reader, StreamWriter writer) {
    int[] answered = new int[1];
    return AsyncStreams.loop(
            () ->
                reader
                    .readUntil(END_OF_HEADER)
                    .thenCompose(
                        header -> {
                          if (++answered[0] % PART == 0) {
                            System.out.println("heap " + GarbageCollection.heap());
                          }
                          return writer.send(RESPONSE_BYTES);
                        })
                    .thenApply(drained -> true)
                    .exceptionallyCompose(KeepAliveServer::endOfRequests))
        .thenRun(writer::close);
  }

  private static CompletableFuture<Boolean> endOfRequests(Throwable failure) {
    return StreamFuture.causeOf(failure) instanceof IncompleteReadException
        ? CompletableFuture.completedFuture(false)
        : CompletableFuture.failedFuture(new CompletionException(failure));
  }
}
