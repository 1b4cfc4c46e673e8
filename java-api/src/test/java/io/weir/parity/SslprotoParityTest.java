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
import io.weir.testing.Connected;
import io.weir.testing.Deadline;
import io.weir.testing.Raw;
import io.weir.testing.Served;
import io.weir.testing.TlsPeer;
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
        "localhost", listening.getLocalPort(), ConnectOptions.DEFAULTS.withTls(Tls.CLIENT));
  }

  private static void assertTimeoutRefused(Duration timeout) {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> TlsOptions.defaults().withHandshakeTimeout(timeout));
    assertTrue(refused.getMessage().contains("a positive number"), refused::getMessage);
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
      try (ServerSocket listening = Raw.listen()) {
        CompletableFuture<StreamConnection> opening = open(listening);
        try (Socket peer = Raw.accept(listening)) {
          peer.shutdownOutput();

          Deadline.failure(ConnectionLostException.class, opening);
        }
      }
    }

    @Test
    @DisplayName("a connection lost in the handshake fails who waits for it")
    void testConnectionLost() throws Exception {
      try (ServerSocket listening = Raw.listen()) {
        CompletableFuture<StreamConnection> opening = open(listening);
        Socket peer = Raw.accept(listening);
        assertTrue(peer.getInputStream().read() >= 0);
        Raw.reset(peer);

        ConnectionLostException lost = Deadline.failure(ConnectionLostException.class, opening);
        assertTrue(lost.getMessage().contains("TLS handshake"), lost::getMessage);
      }
    }

    @Test
    @DisplayName("closing in the handshake closes the connection at once")
    void testCloseDuringHandshake() {
      try (Connected connected = Connected.open()) {
        CompletableFuture<?> starting =
            connected.writer().startTls(Tls.CLIENT.withServerHostname("localhost"));
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
      try (ServerSocket listening = Raw.listen()) {
        CompletableFuture<StreamConnection> opening = open(listening);
        try (TlsPeer peer = TlsPeer.server(Raw.accept(listening), Tls.OWN.serverContext())) {
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
      try (ServerSocket listening = Raw.listen()) {
        CompletableFuture<StreamConnection> opening = open(listening);
        try (TlsPeer peer = TlsPeer.server(Raw.accept(listening), Tls.OWN.serverContext())) {
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
                  .thenCompose(nothing -> writer.startTls(Tls.SERVER))
                  .thenCompose(nothing -> reader.readLine())
                  .thenAccept(
                      line -> {
                        writer.write(line);
                        writer.close();
                      })
                  .thenCompose(nothing -> writer.waitClosed());
      try (Served served = Served.by(handler)) {
        Socket plain = Raw.connect(served.address().getPort());
        plain.getOutputStream().write(bytes("STARTTLS\n"));
        assertEquals("go on\n", text(plain.getInputStream().readNBytes(6)));
        try (TlsPeer peer = TlsPeer.client(plain, Tls.AUTHORITY.clientContext())) {
          peer.send("secret\n");
          assertEquals("secret\n", text(peer.receiveAll()));
        }
        assertEquals(0, served.reports().size());
      }
    }

    @Test
    @DisplayName("options that do not do are refused, and the connection lives on")
    void testStartTlsWrongArgs() throws IOException {
      try (Connected connected = Connected.open()) {
        assertThrows(NullPointerException.class, () -> connected.writer().startTls(null));
        assertThrows(
            NullPointerException.class, () -> connected.writer().startTls(Tls.CLIENT, null));
        connected.writer().write(bytes("x"));
        assertEquals("x", text(connected.peer().receive(1)));
        assertFalse(connected.writer().isClosing());
      }
      MemoryStreams.Pair pair = MemoryStreams.pair();
      assertThrows(
          IllegalArgumentException.class, () -> pair.first().writer().startTls(Tls.CLIENT));
      pair.first().writer().write(bytes("x"));
      assertEquals("x", text(pair.second().reader().readExactly(1)));
      pair.first().writer().close();
      pair.second().writer().close();
    }
  }
}
