package io.weir.interop;

import static io.weir.testing.Texts.noise;
import static io.weir.testing.Texts.text;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.testing.Deadline;
import io.weir.testing.Program;
import io.weir.testing.SystemTexts;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs of another world at the other end of a Unix domain socket. */
@Tag(SystemTexts.TAG)
class UnixPeersTest {

  private static final int SIZE = 1024 * 1024;
  private static final byte[] END_OF_HEADERS = "\r\n\r\n".getBytes(US_ASCII);

  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void choosePath() {
    path = directory.resolve("s");
  }

  private Server serve(ConnectionHandler handler) {
    return Deadline.get(AsyncStreams.startUnixServer(handler, path));
  }

  private static CompletableFuture<Void> sendBack(StreamReader reader, StreamWriter writer) {
    return reader
        .read()
        .thenAccept(
            all -> {
              writer.write(all);
              writer.close();
            });
  }

  @Test
  void pythons_client_talks_to_our_server() throws Exception {
    try (Server server = serve(UnixPeersTest::sendBack);
        Program python = Program.python("unix_client.py", path, SIZE)) {
      assertTrue(server.isServing());
      assertEquals("connected to " + path, python.line());
      assertEquals("received " + SIZE + " bytes, the same: True, at eof: True", python.line());
      python.assertEndsWell();
    }
  }

  @Test
  void our_client_talks_to_pythons_server() throws Exception {
    byte[] data = noise(SIZE, 6);
    try (Program python = Program.python("unix_server.py", path)) {
      assertEquals("listening", python.line());
      try (StreamConnection connection = Deadline.get(AsyncStreams.openUnixConnection(path))) {
        assertEquals(
            UnixDomainSocketAddress.of(path),
            connection.writer().getExtraInfo(ExtraInfo.PEER_NAME));
        connection.writer().write("first line\n".getBytes(US_ASCII));
        assertEquals("FIRST LINE\n", text(connection.reader().readLine()));
        connection.writer().write(data);
        connection.writer().writeEof();

        assertArrayEquals(data, Deadline.get(connection.reader().read()));
        assertTrue(connection.reader().atEof());
      }
    }
  }

  @Test
  void pythons_dead_server_leaves_a_file_that_ours_replaces() throws Exception {
    try (Program python = Program.python("unix_server.py", path)) {
      assertEquals("listening", python.line());
    }
    assertTrue(Files.exists(path));

    try (Server server = serve(UnixPeersTest::sendBack);
        Program client = Program.python("unix_client.py", path, 1)) {
      assertTrue(server.isServing());
      assertEquals("connected to " + path, client.line());
      assertEquals("received 1 bytes, the same: True, at eof: True", client.line());
    }
  }

  @Test
  void socat_sends_a_line_and_gets_it_back() throws Exception {
    ConnectionHandler oneLine =
        (reader, writer) -> reader.readLine().thenAccept(writer::write).thenRun(writer::close);
    List<String> command =
        List.of("socat", "-t10", "UNIX-CONNECT:" + path, "SYSTEM:echo hello; cat >&2");
    try (Server server = serve(oneLine);
        Program socat = Program.program(command)) {
      assertTrue(server.isServing());
      assertEquals("hello", socat.line());
      socat.assertEndsWell();
    }
  }

  @Test
  void curl_fetches_a_page() throws Exception {
    List<String> command =
        List.of("curl", "-sS", "-i", "--unix-socket", path.toString(), "http://weir.test/page");
    try (Server server = serve(UnixPeersTest::answer);
        Program curl = Program.program(command)) {
      assertTrue(server.isServing());
      assertEquals("HTTP/1.1 200 OK", curl.line());
      assertEquals("Content-Length: 5", curl.line());
      assertEquals("", curl.line());
      assertEquals("/page", curl.line());
      curl.assertEndsWell();
    }
  }

  /** Sends the request's path back. */
  private static CompletableFuture<Void> answer(StreamReader reader, StreamWriter writer) {
    return reader
        .readUntil(END_OF_HEADERS)
        .thenAccept(
            request -> {
              String page = new String(request, US_ASCII).split(" ", -1)[1];
              String head = "HTTP/1.1 200 OK\r\nContent-Length: " + page.length() + "\r\n";
              writer.write((head + "\r\n" + page).getBytes(US_ASCII));
              writer.close();
            });
  }
}
