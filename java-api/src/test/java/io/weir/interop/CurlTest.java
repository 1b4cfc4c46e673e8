package io.weir.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.Server;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.testing.Loopback;
import io.weir.testing.Program;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A program of another world at the other end. */
class CurlTest {

  private static final byte[] END_OF_HEADERS = "\r\n\r\n".getBytes(US_ASCII);

  @Test
  void a_page_is_fetched() throws Exception {
    Server server = Loopback.serve(CurlTest::answer);
    String url = "http://127.0.0.1:" + Loopback.port(server) + "/weir";

    try (Program curl = Program.program(List.of("curl", "-sS", "--noproxy", "*", "-i", url))) {
      assertEquals("HTTP/1.1 200 OK", curl.line());
      assertEquals("Content-Length: 19", curl.line());
      assertEquals("", curl.line());
      assertTrue(curl.line().startsWith("GET /weir HTTP/1."));
      curl.assertEndsWell();
    }
    Loopback.end(server);
  }

  /** Sends the request's first line back. */
  private static CompletableFuture<Void> answer(StreamReader reader, StreamWriter writer) {
    return reader
        .readUntil(END_OF_HEADERS)
        .thenAccept(
            request -> {
              String body = new String(request, US_ASCII).lines().findFirst().orElseThrow();
              String head = "HTTP/1.1 200 OK\r\nContent-Length: " + (body.length() + 1) + "\r\n";
              writer.write((head + "\r\n" + body + "\n").getBytes(US_ASCII));
              writer.close();
            });
  }
}
