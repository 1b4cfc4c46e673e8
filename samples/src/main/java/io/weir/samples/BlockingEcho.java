package io.weir.samples;

// java -jar samples/target/weir-samples.jar echo-client --lang java --style await

import static io.weir.AsyncStreams.await;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import java.io.IOException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** The echo programs of asyncio's documentation in blocking code, for threads that may block. */
final class BlockingEcho {

  private BlockingEcho() {}

  static void client(String message, Endpoint server, @Nullable TlsOptions tls) throws IOException {
    try (StreamConnection connection = await(server.connect(MaybeTls.connecting(tls)))) {
      System.out.println("Send: '" + message + "'");
      await(connection.writer().send(message.getBytes(UTF_8)));

      byte[] data = await(connection.reader().read(100));
      System.out.println("Received: '" + new String(data, UTF_8) + "'");

      System.out.println("Close the connection");
      connection.writer().close();
      await(connection.writer().waitClosed());
    }
  }

  static void server(Endpoint endpoint, @Nullable TlsOptions tls) throws IOException {
    ExecutorService threads = threadPerHandler();
    ServerOptions options = MaybeTls.serving(tls).withHandlerExecutor(threads);
    Server server = await(endpoint.listen(BlockingEcho::handleEcho, options));
    System.out.println("Serving on " + Endpoint.of(server));
    UntilStopped.serve(server);
    threads.shutdown();
  }

  private static CompletionStage<?> handleEcho(StreamReader reader, StreamWriter writer)
      throws IOException {
    byte[] data = await(reader.read(100));
    String message = new String(data, UTF_8);
    System.out.println("Received '" + message + "' from " + Endpoint.peer(writer));

    System.out.println("Send: '" + message + "'");
    await(writer.send(data));

    System.out.println("Close the connection");
    writer.close();
    return writer.waitClosed();
  }

  /** Returns an executor of virtual threads on JDK 21 or later, else of platform threads. */
  private static ExecutorService threadPerHandler() {
    try {
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (ReflectiveOperationException olderThan21) {
      return Executors.newCachedThreadPool();
    }
  }
}
