package io.weir.samples.cookbook;

import static io.weir.AsyncStreams.await;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.AsyncStreams;
import io.weir.Decoder;
import io.weir.Decoders;
import io.weir.LimitOverrunException;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.samples.cookbook.HttpHead.Refused;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** An HTTP/1.1 server with keep-alive, pipelining, and limits on all that a client sends. */
public final class HttpServer {

  /** Returns the text of a response, or throws {@link Refused}. */
  @FunctionalInterface
  public interface Application {
    String respond(HttpHead head, byte[] body);
  }

  private static final Decoder<byte @Nullable []> LINE =
      Decoders.until("\r\n".getBytes(ISO_8859_1)).withLimit(1024);
  private static final int MAX_TRAILERS = 100;

  private final Application application;

  private HttpServer(Application application) {
    this.application = application;
  }

  /**
   * Starts a server. The timeout limits each read of a head, a body or a chunk, and each stalled
   * write. When it expires, the connection is closed.
   */
  public static CompletableFuture<Server> start(
      String host, int port, Duration timeout, Executor threads, Application application) {
    ServerOptions options =
        ServerOptions.DEFAULTS
            .withHandlerExecutor(threads)
            .withReadTimeout(timeout)
            .withWriteTimeout(timeout);
    return AsyncStreams.startServer(new HttpServer(application)::serve, host, port, options);
  }

  private CompletionStage<?> serve(StreamReader reader, StreamWriter writer) throws IOException {
    try {
      boolean goesOn = true;
      while (goesOn) {
        HttpHead head = await(reader.read(HttpHead.DECODER));
        if (head == null) {
          break;
        }
        byte[] body = readBody(head, reader, writer);
        goesOn = head.keepsAlive();
        String text = application.respond(head, body);
        await(writer.send(response("200 OK", text, head.method(), goesOn)));
      }
    } catch (Refused refused) {
      writer.write(response(refused.status(), "", "", /* goesOn= */ false));
    } catch (LimitOverrunException tooLong) {
      writer.write(response("431 Request Header Fields Too Large", "", "", /* goesOn= */ false));
    }
    return writer.closeGracefully(Duration.ofSeconds(5)); // close() could destroy the response
  }

  private static byte[] readBody(HttpHead head, StreamReader reader, StreamWriter writer)
      throws IOException {
    int length = head.bodyLength();
    if (length != 0 && head.expectsContinue()) {
      writer.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
    }
    return length == HttpHead.CHUNKED ? readChunks(reader) : await(reader.readExactly(length));
  }

  private static byte[] readChunks(StreamReader reader) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    int length = HttpHead.chunkLength(readLine(reader));
    while (length > 0) {
      if (length > HttpHead.MAX_BODY - body.size()) {
        throw new Refused("413 Content Too Large");
      }
      body.writeBytes(await(reader.readExactly(length)));
      if (!readLine(reader).isEmpty()) {
        throw new Refused("400 Bad Request");
      }
      length = HttpHead.chunkLength(readLine(reader));
    }
    for (int trailers = 0; !readLine(reader).isEmpty(); trailers++) {
      if (trailers == MAX_TRAILERS) {
        throw new Refused("400 Bad Request");
      }
    }
    return body.toByteArray();
  }

  private static String readLine(StreamReader reader) throws IOException {
    byte[] line = await(reader.read(LINE));
    if (line == null) {
      throw new Refused("400 Bad Request"); // EOF inside a body
    }
    return new String(line, ISO_8859_1);
  }

  private static byte[] response(String status, String text, String method, boolean goesOn) {
    byte[] body = text.getBytes(UTF_8);
    String head =
        "HTTP/1.1 "
            + status
            + "\r\n"
            + "Content-Type: text/plain; charset=utf-8\r\n"
            + "Content-Length: "
            + body.length
            + "\r\n"
            + (goesOn ? "\r\n" : "Connection: close\r\n\r\n");
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(head.getBytes(ISO_8859_1));
    all.writeBytes(method.equals("HEAD") ? new byte[0] : body);
    return all.toByteArray();
  }

  public static void main(String[] args) {
    Executor threads = Executors.newCachedThreadPool(); // JDK 21: virtual threads
    Application hello = (head, body) -> "Hello " + head.target() + "\n";
    try (Server server = start("127.0.0.1", 8080, Duration.ofSeconds(10), threads, hello).join()) {
      server.serveForever().join();
    }
  }
}
