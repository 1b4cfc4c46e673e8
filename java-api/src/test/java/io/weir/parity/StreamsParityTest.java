package io.weir.parity;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.ExtraInfo;
import io.weir.IncompleteReadException;
import io.weir.LimitOverrunException;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.testing.BlockingPeer;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.TestServer;
import io.weir.testing.Texts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CPython's test_streams.py; what it checks of flow control is in StreamsDrainParityTest. */
class StreamsParityTest {

  private static final byte[] DATA = bytes("line1\nline2\nline3\n");

  private static StreamReader reader() {
    return StreamReader.handFed(StreamReader.DEFAULT_LIMIT);
  }

  private static StreamReader readerOf(String... chunks) {
    StreamReader reader = reader();
    for (String chunk : chunks) {
      reader.feedData(bytes(chunk));
    }
    return reader;
  }

  private static String rest(StreamReader reader) {
    reader.feedEof();
    return text(reader.read());
  }

  @Nested
  class ConnectEndToEnd {

    @Test
    @DisplayName("a client connects, writes, reads a line, reads to the end and closes")
    void testOpenConnection() {
      try (ConnectedPair connected = ConnectedPair.open()) {
        connected.writer().write(bytes("GET / HTTP/1.0\r\n\r\n"));
        assertEquals("GET / HTTP/1.0\r\n", connected.peer().receiveLine());
        connected.peer().send("HTTP/1.0 200 OK\r\nand then the rest");
        connected.peer().shutdownOutput();

        assertEquals("HTTP/1.0 200 OK\r\n", text(connected.reader().readLine()));
        assertEquals("and then the rest", text(connected.reader().read()));
        connected.writer().close();
        assertNull(Deadline.get(connected.writer().waitClosed()));
      }
    }

    private static CompletableFuture<Void> answer(StreamReader reader, StreamWriter writer) {
      return reader
          .readLine()
          .thenAccept(
              line -> {
                writer.write(line);
                writer.write(bytes("and then the rest"));
                writer.close();
              })
          .thenCompose(nothing -> writer.waitClosed());
    }

    private static void assertConversation(StreamConnection connection) {
      connection.writer().write(bytes("GET / HTTP/1.0\r\n"));
      assertEquals("GET / HTTP/1.0\r\n", text(connection.reader().readLine()));
      assertEquals("and then the rest", text(connection.reader().read()));
      connection.writer().close();
      assertNull(Deadline.get(connection.writer().waitClosed()));
    }

    @Test
    @DisplayName("a client does the same over TLS")
    void testOpenConnectionNoLoopSsl() {
      ServerOptions serving = ServerOptions.DEFAULTS.withTls(TlsOnLoopback.SERVER);
      try (TestServer served = TestServer.by(ConnectEndToEnd::answer, serving)) {
        assertConversation(
            Deadline.get(
                AsyncStreams.openConnection(
                    "localhost",
                    served.address().getPort(),
                    ConnectOptions.DEFAULTS.withTls(TlsOnLoopback.CLIENT))));
        assertEquals(0, served.reports().size());
      }
    }

    @Test
    @DisplayName("a client does the same over TLS on a Unix socket, where it checks no name")
    void testOpenUnixConnectionNoLoopSsl(@TempDir Path directory) {
      Path path = directory.resolve("s");
      ServerOptions serving = ServerOptions.DEFAULTS.withTls(TlsOnLoopback.SERVER);
      try (Server server =
          Deadline.get(AsyncStreams.startUnixServer(ConnectEndToEnd::answer, path, serving))) {
        assertTrue(server.isServing());
        assertConversation(
            Deadline.get(
                AsyncStreams.openUnixConnection(
                    path,
                    ConnectOptions.DEFAULTS.withTls(
                        TlsOnLoopback.CLIENT.dangerouslyAcceptingAnyHostname()))));
      }
    }
  }

  @Nested
  class StartTls {

    private static void assertWithoutTls(StreamWriter writer) {
      assertNull(writer.getExtraInfo(ExtraInfo.SSL_CONTEXT));
    }

    @Test
    @DisplayName("both ends speak in the clear, turn to TLS, and speak over it")
    void testStartTls() {
      CompletableFuture<String> heard = new CompletableFuture<>();
      ConnectionHandler handler =
          (reader, writer) -> {
            assertWithoutTls(writer);
            return reader
                .readLine()
                .thenAccept(writer::write)
                .thenCompose(nothing -> writer.startTls(TlsOnLoopback.SERVER))
                .thenCompose(nothing -> reader.readLine())
                .thenAccept(
                    line -> {
                      assertNotNull(writer.getExtraInfo(ExtraInfo.SSL_CONTEXT));
                      heard.complete(text(line));
                      writer.write(line);
                      writer.close();
                    })
                .thenCompose(nothing -> writer.waitClosed());
          };
      try (TestServer served = TestServer.by(handler)) {
        StreamConnection connection =
            Deadline.get(AsyncStreams.openConnection("localhost", served.address().getPort()));
        StreamWriter writer = connection.writer();
        assertWithoutTls(writer);
        writer.write(bytes("clear\n"));
        assertEquals("clear\n", text(connection.reader().readLine()));

        assertNull(Deadline.get(writer.startTls(TlsOnLoopback.CLIENT)));

        assertNotNull(writer.getExtraInfo(ExtraInfo.SSL_CONTEXT));
        assertEquals(served.address(), writer.getExtraInfo(ExtraInfo.PEER_NAME));
        writer.write(bytes("over TLS\n"));
        assertEquals("over TLS\n", text(connection.reader().readLine()));
        assertEquals("over TLS\n", Deadline.get(heard));
        assertEquals("", text(connection.reader().read()));
        writer.close();
        assertNull(Deadline.get(writer.waitClosed()));
        assertEquals(0, served.reports().size());
      }
    }
  }

  @Nested
  class Reading {

    @Test
    @DisplayName("feeding no bytes leaves the buffer empty")
    void testFeedEmptyData() {
      StreamReader reader = reader();

      reader.feedData(new byte[0]);

      assertEquals("", rest(reader));
    }

    @Test
    @DisplayName("feeding bytes appends them")
    void testFeedNonemptyData() {
      StreamReader reader = reader();

      reader.feedData(DATA);
      reader.feedData(bytes("more"));

      assertEquals(text(DATA) + "more", rest(reader));
    }

    @Test
    @DisplayName("reading 0 bytes gives none and leaves the buffer as it is")
    void testReadZero() {
      StreamReader reader = readerOf(text(DATA));

      assertEquals("", text(reader.read(0)));
      assertEquals(text(DATA), rest(reader));
    }

    @Test
    @DisplayName("a read waits, and gets what came although it asked for more")
    void testRead() {
      StreamReader reader = reader();
      CompletableFuture<byte[]> read = reader.read(30);
      assertFalse(read.isDone());

      reader.feedData(DATA);

      assertEquals(text(DATA), text(read));
      assertEquals("", rest(reader));
    }

    @Test
    @DisplayName("a read takes exactly what it asked for out of two feeds, across newlines")
    void testReadLineBreaks() {
      StreamReader reader = readerOf("line1", "line2");

      assertEquals("line1", text(reader.read(5)));
      assertEquals("line2", rest(reader));
    }

    @Test
    @DisplayName("the end of the stream ends a read that waits, with no bytes")
    void testReadEof() {
      StreamReader reader = reader();
      CompletableFuture<byte[]> read = reader.read(1024);

      reader.feedEof();

      assertEquals("", text(read));
      assertTrue(reader.atEof());
    }

    @Test
    @DisplayName("a stored error fails a read, once the bytes before it have been read (D1)")
    void testReadException() {
      StreamReader reader = readerOf("line\n");
      assertEquals("li", text(reader.read(2)));
      IOException error = new IOException("broken");

      reader.setException(error);

      assertEquals("ne\n", text(reader.read(100)));
      assertSame(error, Deadline.failure(IOException.class, reader.read(2)));
    }

    @Test
    @DisplayName("a limit of 0 or less is refused")
    void testInvalidLimit() {
      for (int limit : new int[] {0, -1}) {
        IllegalArgumentException refused =
            assertThrows(IllegalArgumentException.class, () -> StreamReader.handFed(limit));

        assertTrue(refused.getMessage().contains("imit"), refused.getMessage());
      }
    }
  }

  @Nested
  class ReadingLines {

    @Test
    @DisplayName("a line comes in several pieces, and what follows it stays")
    void testReadline() {
      StreamReader reader = readerOf("chunk1 ");
      CompletableFuture<byte[]> line = reader.readLine();
      reader.feedData(bytes("chunk2 "));
      reader.feedData(bytes("chunk3 "));
      assertFalse(line.isDone());

      reader.feedData(bytes("\n chunk4"));

      assertEquals("chunk1 chunk2 chunk3 \n", text(line));
      assertEquals(" chunk4", rest(reader));
    }

    @Test
    @DisplayName("an over-long line is dropped alone when its end has come, else all that has come")
    void testReadlineLimitWithExistingData() {
      StreamReader found = StreamReader.handFed(3);
      found.feedData(bytes("li"));
      found.feedData(bytes("ne1\nline2\n"));
      Deadline.failure(LimitOverrunException.class, found.readLine());
      assertEquals("line2\n", rest(found));

      StreamReader notFound = StreamReader.handFed(3);
      notFound.feedData(bytes("li"));
      notFound.feedData(bytes("ne1"));
      notFound.feedData(bytes("li"));
      Deadline.failure(LimitOverrunException.class, notFound.readLine());
      assertEquals("", rest(notFound));
    }

    @Test
    @DisplayName("a line that is there already is read, and the lines behind it stay")
    void testReadlineNolimitNowait() {
      StreamReader reader = readerOf(text(DATA).substring(0, 6), text(DATA).substring(6));

      CompletableFuture<byte[]> line = reader.readLine();

      assertTrue(line.isDone());
      assertEquals("line1\n", text(line));
      assertEquals("line2\nline3\n", rest(reader));
    }

    @Test
    @DisplayName("at the end of the stream a line has no bytes")
    void testReadlineEmptyEof() {
      StreamReader reader = reader();
      reader.feedEof();

      assertEquals("", text(reader.readLine()));
    }

    @Test
    @DisplayName("a read after a line crosses the newlines that follow")
    void testReadlineReadByteCount() {
      StreamReader reader = readerOf(text(DATA));
      assertEquals("line1\n", text(reader.readLine()));

      assertEquals("line2\nl", text(reader.read(7)));
      assertEquals("ine3\n", rest(reader));
    }

    @Test
    @DisplayName("a stored error fails a line; the bytes before it can be read (D1)")
    void testReadlineException() {
      StreamReader reader = readerOf("line\n");
      assertEquals("line\n", text(reader.readLine()));
      IOException error = new IOException("broken");

      reader.setException(error);

      assertSame(error, Deadline.failure(IOException.class, reader.readLine()));
      assertSame(error, Deadline.failure(IOException.class, reader.read(10)));
    }
  }

  @Nested
  class ReadingUpToASeparator {

    @Test
    @DisplayName("no separator, an empty one, and an empty one among others are refused")
    void testReaduntilSeparator() {
      StreamReader reader = reader();
      List<byte[][]> wrong =
          List.of(new byte[][] {{}}, new byte[][] {bytes("a"), {}}, new byte[][] {});

      for (byte[][] separators : wrong) {
        IllegalArgumentException refused =
            assertThrows(IllegalArgumentException.class, () -> reader.readUntil(separators));

        assertTrue(refused.getMessage().contains("at least"), refused.getMessage());
      }
    }

    @Test
    @DisplayName("a separator behind several pieces is found, and what follows it stays")
    void testReaduntilMultiChunks() {
      StreamReader reader = readerOf("lineAAA");
      assertEquals("lineAAA", text(reader.readUntil(bytes("AAA"))));

      reader.feedData(bytes("line"));
      CompletableFuture<byte[]> read = reader.readUntil(bytes("AAA"));
      reader.feedData(bytes("AAAxxx"));

      assertEquals("lineAAA", text(read));
      assertEquals("xxx", rest(reader));
    }

    @Test
    @DisplayName("the end of the stream before a separator fails with the bytes, which are taken")
    void testReaduntilEof() {
      StreamReader reader = readerOf("some data");
      reader.feedEof();

      IncompleteReadException incomplete =
          Deadline.failure(IncompleteReadException.class, reader.readUntil(bytes("AAA")));

      assertEquals("some data", text(incomplete.partial()));
      assertTrue(incomplete.expected().isEmpty());
      assertTrue(incomplete.getMessage().contains("undefined expected bytes"));
      assertEquals("", text(reader.read()));
    }

    @Test
    @DisplayName("of two separators that end together the shorter counts, for the limit too")
    void testReaduntilMultiSeparatorLimit() {
      StreamReader reader = StreamReader.handFed(3);
      reader.feedData(bytes("some dataA"));

      LimitOverrunException overrun =
          Deadline.failure(
              LimitOverrunException.class, reader.readUntil(bytes("A"), bytes("ome dataA")));

      assertTrue(overrun.getMessage().contains("is found"), overrun.getMessage());
      assertEquals(9, overrun.consumed());
      assertEquals("some dataA", rest(reader));
    }

    @Test
    @DisplayName("a separator can be a part of a buffer as well as an array")
    void testReaduntilBytearray() {
      StreamReader reader = readerOf("some data\r\nmore\r\nrest");
      ByteBuffer separator = ByteBuffer.wrap(bytes("<\r\n>")).position(1).limit(3);

      assertEquals("some data\r\n", text(reader.readUntil(separator)));
      assertEquals(2, separator.remaining());
      assertEquals("more\r\n", text(reader.readUntil(bytes("\r\n"))));
      assertEquals("rest", rest(reader));
    }
  }

  @Nested
  class ReadingAnExactNumber {

    @Test
    @DisplayName("exactly 0 bytes are none, less than zero is refused, and the buffer stays")
    void testReadexactlyZeroOrLess() {
      StreamReader reader = readerOf(text(DATA));

      assertEquals("", text(reader.readExactly(0)));
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> reader.readExactly(-1));
      assertTrue(refused.getMessage().contains("less than zero"), refused.getMessage());
      assertEquals(text(DATA), rest(reader));
    }

    @Test
    @DisplayName("an exact number comes in several pieces, and what follows stays")
    void testReadexactly() {
      StreamReader reader = reader();
      CompletableFuture<byte[]> read = reader.readExactly(2 * DATA.length);
      reader.feedData(DATA);
      reader.feedData(DATA);
      assertTrue(read.isDone());
      reader.feedData(DATA);

      assertEquals(text(DATA) + text(DATA), text(read));
      assertEquals(text(DATA), rest(reader));
    }

    @Test
    @DisplayName("the limit does not bound an exact number")
    void testReadexactlyLimit() {
      StreamReader reader = StreamReader.handFed(3);
      reader.feedData(bytes("chunk"));

      assertEquals("chunk", text(reader.readExactly(5)));
      assertEquals("", rest(reader));
    }

    @Test
    @DisplayName("a stored error fails the read of an exact number")
    void testReadexactlyException() {
      StreamReader reader = readerOf("line\n");
      assertEquals("li", text(reader.readExactly(2)));
      IOException error = new IOException("broken");

      reader.setException(error);

      assertSame(error, Deadline.failure(IOException.class, reader.readExactly(20)));
    }
  }

  @Nested
  class Errors {

    @Test
    @DisplayName("the error of a reader is null, then the very one that was set")
    void testException() {
      StreamReader reader = reader();
      assertNull(reader.exception());
      IOException error = new IOException("broken");

      reader.setException(error);

      assertSame(error, reader.exception());
    }

    @Test
    @DisplayName("setting an error ends a line that waits")
    void testExceptionWaiter() {
      StreamReader reader = reader();
      CompletableFuture<byte[]> line = reader.readLine();
      IOException error = new IOException("broken");

      reader.setException(error);

      assertSame(error, Deadline.failure(IOException.class, line));
    }
  }

  @Nested
  class Serving {

    private static CompletableFuture<Void> echo(StreamReader reader, StreamWriter writer) {
      return reader
          .readLine()
          .thenAccept(
              line -> {
                writer.write(line);
                writer.close();
              });
    }

    @Test
    @DisplayName("a server echoes, with a handler that returns a stage and with a plain one")
    void testStartServer() {
      ConnectionHandler plain = ConnectionHandler.of((reader, writer) -> echo(reader, writer));
      for (ConnectionHandler handler : List.of(Serving::echo, plain)) {
        try (TestServer served = TestServer.by(handler)) {
          assertEquals(
              "hello!\n", ask(CompletableFuture.completedFuture(served.open()), "hello!\n"));
          assertTrue(served.reports().isEmpty(), served.reports().toString());
        }
      }
    }

    private static String ask(CompletableFuture<StreamConnection> opening, String question) {
      StreamConnection connection = Deadline.get(opening);
      connection.writer().write(bytes(question));
      String answer = text(connection.reader().readLine());
      connection.writer().close();
      Deadline.get(connection.writer().waitClosed());
      return answer;
    }

    @Test
    @DisplayName("a server echoes on sockets that were handed over, to clients on such sockets")
    void a_server_echoes_on_sockets_that_were_handed_over() throws IOException {
      ServerSocketChannel blocking = ServerSocketChannel.open();
      blocking.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      AsynchronousServerSocketChannel asynchronous = AsynchronousServerSocketChannel.open();
      asynchronous.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      for (Server server :
          List.of(
              Deadline.get(AsyncStreams.startServer(Serving::echo, blocking)),
              Deadline.get(AsyncStreams.startServer(Serving::echo, asynchronous)))) {
        try (server) {
          SocketChannel client = SocketChannel.open(server.sockets().get(0).localAddress());

          assertEquals("hello!\n", ask(AsyncStreams.openConnection(client), "hello!\n"));
        }
      }
    }

    @Test
    @DisplayName("a server on a path echoes, with a handler that returns a stage and a plain one")
    void testStartUnixServer(@TempDir Path directory) {
      Path path = directory.resolve("s");
      ConnectionHandler plain = ConnectionHandler.of((reader, writer) -> echo(reader, writer));
      for (ConnectionHandler handler : List.of(Serving::echo, plain)) {
        try (Server server = Deadline.get(AsyncStreams.startUnixServer(handler, path))) {
          assertTrue(server.isServing());
          assertEquals("hello!\n", ask(AsyncStreams.openUnixConnection(path), "hello!\n"));
        }
      }
    }

    @Test
    @DisplayName("on a path as over TCP an error that is set ends a read that waits")
    void testOpenUnixConnectionError(@TempDir Path directory) {
      Path path = directory.resolve("s");
      try (Server server = Deadline.get(AsyncStreams.startUnixServer(Serving::echo, path));
          StreamConnection connection = Deadline.get(AsyncStreams.openUnixConnection(path))) {
        assertTrue(server.isServing());
        CompletableFuture<byte[]> read = connection.reader().read();
        IOException error = new IOException("broken");
        connection.reader().setException(error);

        assertSame(error, Deadline.failure(IOException.class, read));
      }
    }

    @Test
    @DisplayName("a handler that is cancelled is not reported, and its connection is closed")
    void testUnhandledCancel() {
      CompletableFuture<Void> handling = new CompletableFuture<>();
      try (TestServer served = TestServer.by((reader, writer) -> handling);
          BlockingPeer peer = served.connect()) {
        handling.cancel(false);

        assertTrue(peer.sawEnd());
        assertTrue(served.reports().isEmpty(), served.reports().toString());
      }
    }
  }

  @Nested
  class Writing {

    @Test
    @DisplayName("close makes a writer closing, and waitClosed ends")
    void testWaitClosedOnClose() {
      try (ConnectedPair connected = ConnectedPair.open()) {
        connected.peer().send("HTTP/1.0 200 OK\r\n\r\nbody");
        assertEquals("HTTP/1.0 200 OK\r\n", text(connected.reader().readLine()));
        assertEquals("\r\nbody", text(connected.reader().readExactly(6)));
        assertFalse(connected.writer().isClosing());

        connected.writer().close();

        assertTrue(connected.writer().isClosing());
        assertNull(Deadline.get(connected.writer().waitClosed()));
      }
    }

    @Test
    @DisplayName("waitClosed ends although there is input that nobody has read")
    void testWaitClosedOnCloseWithUnreadData() {
      try (ConnectedPair connected = ConnectedPair.open()) {
        connected.peer().send("HTTP/1.0 200 OK\r\nunread");
        assertEquals("HTTP/1.0 200 OK\r\n", text(connected.reader().readLine()));

        connected.writer().close();

        assertNull(Deadline.get(connected.writer().waitClosed()));
      }
    }

    @Test
    @DisplayName("a whole request: write, drain, read the answer, close, wait until closed")
    void testAsyncWriterApi() {
      try (ConnectedPair connected = ConnectedPair.open()) {
        connected.writer().write(bytes("question\n"));
        assertNull(Deadline.get(connected.writer().drain()));
        assertEquals("question\n", connected.peer().receiveLine());
        connected.peer().send("answer\n");
        assertEquals("answer\n", text(connected.reader().readLine()));

        connected.writer().close();

        assertNull(Deadline.get(connected.writer().waitClosed()));
        assertEquals("", text(connected.peer().receiveAll()));
      }
    }

    @Test
    @DisplayName("a write after close is dropped, and drain tells so")
    void testAsyncWriterApiExceptionAfterClose() {
      try (ConnectedPair connected = ConnectedPair.open()) {
        connected.writer().close();

        connected.writer().write(bytes("data"));

        ConnectionLostException lost =
            Deadline.failure(ConnectionLostException.class, connected.writer().drain());
        assertTrue(lost.getMessage().contains("Connection lost"), lost.getMessage());
      }
    }
  }

  @Nested
  class TextForms {

    @Test
    @DisplayName("a fresh reader has nothing to say")
    void testRepr() {
      assertEquals("StreamReader[]", reader().toString());
    }

    @Test
    @DisplayName("a limit that is not the default is shown")
    void testReprNondefaultLimit() {
      assertEquals("StreamReader[limit=123]", StreamReader.handFed(123).toString());
    }

    @Test
    @DisplayName("the end of the stream is shown")
    void testReprEof() {
      StreamReader reader = reader();
      reader.feedEof();

      assertEquals("StreamReader[eof]", reader.toString());
    }

    @Test
    @DisplayName("the number of buffered bytes is shown")
    void testReprData() {
      assertEquals("StreamReader[4 bytes]", readerOf("data").toString());
    }

    @Test
    @DisplayName("an error is shown")
    void testReprException() {
      StreamReader reader = reader();
      reader.setException(new IOException("broken"));

      assertEquals("StreamReader[exception=java.io.IOException: broken]", reader.toString());
    }

    @Test
    @DisplayName("a read that waits is shown, and no longer when it is over")
    void testReprWaiter() {
      StreamReader reader = reader();
      CompletableFuture<byte[]> line = reader.readLine();
      assertEquals("StreamReader[waiting for a line]", reader.toString());

      line.cancel(false);

      assertEquals("StreamReader[]", reader.toString());
    }

    @Test
    @DisplayName("the transport is shown")
    void testReprTransport() {
      try (ConnectedPair connected = ConnectedPair.open()) {
        String shown = connected.reader().toString();

        assertTrue(
            shown.startsWith("StreamReader[transport=Transport[open tcp /127.0.0.1:"), shown);
      }
    }
  }

  @Nested
  class Serialization {

    private static <E extends Throwable> E copy(Class<E> kind, E original) throws Exception {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(original);
      }
      try (ObjectInputStream in =
          new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
        return assertInstanceOf(kind, in.readObject());
      }
    }

    @Test
    @DisplayName("an incomplete read keeps its text, bytes and number through serialization")
    void testIncompleteReadErrorPickleable() throws Exception {
      StreamReader reader = readerOf("partial");
      reader.feedEof();
      IncompleteReadException original =
          Deadline.failure(IncompleteReadException.class, reader.readExactly(20));

      IncompleteReadException copy = copy(IncompleteReadException.class, original);

      assertEquals(original.getMessage(), copy.getMessage());
      assertArrayEquals(bytes("partial"), copy.partial());
      assertEquals(20, copy.expected().getAsInt());
    }

    @Test
    @DisplayName("an overrun keeps its text and number through serialization")
    void testLimitOverrunErrorPickleable() throws Exception {
      StreamReader reader = StreamReader.handFed(5);
      reader.feedData(Texts.bytes("much too long"));
      LimitOverrunException original =
          Deadline.failure(LimitOverrunException.class, reader.readUntil(bytes("!")));

      LimitOverrunException copy = copy(LimitOverrunException.class, original);

      assertEquals(original.getMessage(), copy.getMessage());
      assertEquals(13, copy.consumed());
    }
  }
}
