package io.weir.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.ConnectionHandler;
import java.io.IOException;
import java.net.Socket;

/** A server's good handler, and a client that is content with it. */
public final class Echo {

  /** Sends each line back; closes at the end. */
  public static final ConnectionHandler LINES =
      (reader, writer) ->
          reader
              .forEachLine(
                  line -> {
                    CallbackCheck.assertOutsideCalls();
                    writer.write(line);
                    return writer.drain();
                  })
              .thenRun(writer::close);

  private Echo() {}

  /** Connects and gets an answer. */
  public static void assertFrom(int port) throws IOException {
    try (Socket client = BlockingSockets.connect(port)) {
      assertFrom(client);
    }
  }

  /** Gets an answer on a connection. */
  public static void assertFrom(Socket client) throws IOException {
    client.getOutputStream().write("hello\n".getBytes(US_ASCII));
    assertEquals("hello\n", new String(client.getInputStream().readNBytes(6), US_ASCII));
  }
}
