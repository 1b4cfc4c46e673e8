package io.weir.parity;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.MemoryStreams;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import io.weir.testing.BlockingSockets;
import io.weir.testing.BlockingTlsPeer;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** CPython's test_sslproto.py. */
class SslprotoParityTest {

  private static CompletableFuture<StreamConnection> open(ServerSocket listening) {
    return AsyncStreams.openConnection(
        "localhost",
        listening.getLocalPort(),
        ConnectOptions.DEFAULTS.withTls(TlsOnLoopback.CLIENT));
  }

  private static void assertTimeoutRefused(Duration timeout) {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> TlsOptions.defaults().withHandshakeTimeout(timeout));
    assertTrue(refused.getMessage().contains("more than 0"), refused::getMessage);
    assertTrue(refused.getMessage().contains(timeout.toString()), refused::getMessage);
  }

  @Nested
  class Handshake {

    @Test
    @DisplayName("a handshake may not take no time")
    void testHandshakeTimeoutZero() {
      assertTimeoutRefused(Duration.ZERO);
    }

    @Test
    @DisplayName("a handshake may not take less than no time")
    void testHandshakeTimeoutNegative() {
      assertTimeoutRefused(Duration.ofSeconds(-10));
    }

    @Test
    @DisplayName("an end in the handshake fails who waits for it")
    void testEofReceivedWaiter() throws Exception {
      try (ServerSocket listening = BlockingSockets.listen()) {
        CompletableFuture<StreamConnection> opening = open(listening);
        try (Socket peer = BlockingSockets.accept(listening)) {
          peer.shutdownOutput();

          Deadline.failure(ConnectionLostException.class, opening);
        }
      }
    }

    @Test
    @DisplayName("a connection lost in the handshake fails who waits for it")
    void testConnectionLost() throws Exception {
      try (ServerSocket listening = BlockingSockets.listen()) {
        CompletableFuture<StreamConnection> opening = open(listening);
        Socket peer = BlockingSockets.accept(listening);
        assertTrue(peer.getInputStream().read() >= 0);
        BlockingSockets.reset(peer);

        ConnectionLostException lost = Deadline.failure(ConnectionLostException.class, opening);
        assertTrue(lost.getMessage().contains("TLS handshake"), lost::getMessage);
      }
    }

    @Test
    @DisplayName("closing in the handshake closes the connection at once")
    void testCloseDuringHandshake() {
      try (ConnectedPair connected = ConnectedPair.open()) {
        CompletableFuture<?> starting =
            connected.writer().startTls(TlsOnLoopback.CLIENT.withServerHostname("localhost"));
        assertEquals(22, connected.peer().receive(1)[0]);

        connected.writer().close();

        Deadline.failure(ConnectionLostException.class, starting);
        assertNull(Deadline.get(connected.writer().waitClosed()));
        assertTrue(connected.peer().receiveAll().length > 0);
        assertTrue(connected.peer().sawEnd());
      }
    }

    @Test
    @DisplayName("what comes after closing is thrown away")
    void testDataReceivedAfterClosing() throws Exception {
      try (ServerSocket listening = BlockingSockets.listen()) {
        CompletableFuture<StreamConnection> opening = open(listening);
        try (BlockingTlsPeer peer =
            BlockingTlsPeer.server(
                BlockingSockets.accept(listening), TlsOnLoopback.OWN.serverContext())) {
          StreamConnection connection = Deadline.get(opening);
          connection.writer().close();
          assertEquals("", text(peer.receiveAll()));
          peer.send("too late");
          peer.sayGoodBye();

          assertNull(Deadline.get(connection.writer().waitClosed()));
          assertEquals("", text(connection.reader().read()));
        }
      }
    }

    @Test
    @DisplayName("what is written after closing is thrown away")
    void testWriteAfterClosing() throws Exception {
      try (ServerSocket listening = BlockingSockets.listen()) {
        CompletableFuture<StreamConnection> opening = open(listening);
        try (BlockingTlsPeer peer =
            BlockingTlsPeer.server(
                BlockingSockets.accept(listening), TlsOnLoopback.OWN.serverContext())) {
          StreamConnection connection = Deadline.get(opening);
          connection.writer().write(bytes("in time"));
          connection.writer().close();
          connection.writer().write(bytes("too late"));

          assertEquals("in time", text(peer.receiveAll()));
          peer.sayGoodBye();
          assertNull(Deadline.get(connection.writer().waitClosed()));
          connection.writer().write(bytes("later still"));
        }
      }
    }
  }

  @Nested
  class StartTls {

    @Test
    @DisplayName("a server turns to TLS and answers over it")
    void testStartTlsServer1() throws Exception {
      ConnectionHandler handler =
          (reader, writer) ->
              reader
                  .readLine()
                  .thenRun(() -> writer.write(bytes("go on\n")))
                  .thenCompose(nothing -> writer.startTls(TlsOnLoopback.SERVER))
                  .thenCompose(nothing -> reader.readLine())
                  .thenAccept(
                      line -> {
                        writer.write(line);
                        writer.close();
                      })
                  .thenCompose(nothing -> writer.waitClosed());
      try (TestServer served = TestServer.by(handler)) {
        Socket plain = BlockingSockets.connect(served.address().getPort());
        plain.getOutputStream().write(bytes("STARTTLS\n"));
        assertEquals("go on\n", text(plain.getInputStream().readNBytes(6)));
        try (BlockingTlsPeer peer =
            BlockingTlsPeer.client(plain, TlsOnLoopback.AUTHORITY.clientContext())) {
          peer.send("secret\n");
          assertEquals("secret\n", text(peer.receiveAll()));
        }
        assertEquals(0, served.reports().size());
      }
    }

    @Test
    @DisplayName("options that do not do are refused, and the connection lives on")
    void testStartTlsWrongArgs() throws IOException {
      try (ConnectedPair connected = ConnectedPair.open()) {
        assertThrows(NullPointerException.class, () -> connected.writer().startTls(null));
        assertThrows(
            NullPointerException.class,
            () -> connected.writer().startTls(TlsOnLoopback.CLIENT, null));
        connected.writer().write(bytes("x"));
        assertEquals("x", text(connected.peer().receive(1)));
        assertFalse(connected.writer().isClosing());
      }
      MemoryStreams.Pair pair = MemoryStreams.pair();
      assertThrows(
          IllegalArgumentException.class,
          () -> pair.first().writer().startTls(TlsOnLoopback.CLIENT));
      pair.first().writer().write(bytes("x"));
      assertEquals("x", text(pair.second().reader().readExactly(1)));
      pair.first().writer().close();
      pair.second().writer().close();
    }
  }
}
