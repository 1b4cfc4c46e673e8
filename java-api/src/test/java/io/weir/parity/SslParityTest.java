package io.weir.parity;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.noise;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.testing.BlockingSockets;
import io.weir.testing.BlockingTlsPeer;
import io.weir.testing.CapturedLog;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.OpenFiles;
import io.weir.testing.Tasks;
import io.weir.testing.TestServer;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** CPython's test_ssl.py. */
class SslParityTest {

  private static final int CLIENTS = 20;
  private static final int MIB = 1024 * 1024;
  private static final byte[] THERE = noise(MIB, 1);
  private static final byte[] BACK = noise(MIB + 1, 2);

  private static ServerOptions serving() {
    return ServerOptions.DEFAULTS.withTls(TlsOnLoopback.SERVER);
  }

  private static ConnectOptions connecting() {
    return ConnectOptions.DEFAULTS.withTls(TlsOnLoopback.CLIENT);
  }

  private static CompletableFuture<StreamConnection> open(int port) {
    return AsyncStreams.openConnection("localhost", port, connecting());
  }

  /** A connection of ours, and its TLS server in the hand of the test. */
  private record Pair(StreamConnection ours, BlockingTlsPeer peer) implements AutoCloseable {

    static Pair open(ConnectOptions options) throws Exception {
      try (ServerSocket listening = BlockingSockets.listen()) {
        CompletableFuture<StreamConnection> opening =
            AsyncStreams.openConnection("localhost", listening.getLocalPort(), options);
        BlockingTlsPeer peer =
            BlockingTlsPeer.server(
                BlockingSockets.accept(listening), TlsOnLoopback.OWN.serverContext());
        return new Pair(Deadline.get(opening), peer);
      }
    }

    @Override
    public void close() {
      ours.writer().transport().abort();
      peer.close();
    }
  }

  @Nested
  class ClientAndServer {

    @Test
    @DisplayName("many blocking clients exchange megabytes with a server, which closes")
    void testCreateServerSsl1() {
      ConnectionHandler handler =
          (reader, writer) ->
              reader
                  .readExactly(THERE.length)
                  .thenAccept(
                      data -> {
                        assertArrayEquals(THERE, data);
                        writer.write(bytes("OK"));
                        int half = BACK.length / 2;
                        writer.writeLines(
                            List.of(
                                Arrays.copyOf(BACK, half),
                                Arrays.copyOfRange(BACK, half, BACK.length)));
                      })
                  .thenCompose(nothing -> writer.drain())
                  .thenRun(writer::close)
                  .thenCompose(nothing -> writer.waitClosed());
      try (TestServer served = TestServer.by(handler, serving())) {
        List<Future<Boolean>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
          clients.add(
              Tasks.start(
                  () -> {
                    try (BlockingTlsPeer peer =
                        BlockingTlsPeer.connect(
                            served.address(), TlsOnLoopback.AUTHORITY.clientContext())) {
                      peer.send(THERE);
                      assertEquals("OK", peer.receiveText(2));
                      assertArrayEquals(BACK, peer.receiveAll());
                      return true;
                    }
                  }));
        }
        clients.forEach(client -> assertTrue(Deadline.get(client)));
        assertEquals(List.of(), List.copyOf(served.reports()));
      }
    }

    private Boolean serveOne(ServerSocket listening) throws Exception {
      try (BlockingTlsPeer peer =
          BlockingTlsPeer.server(
              BlockingSockets.accept(listening), TlsOnLoopback.OWN.serverContext())) {
        assertArrayEquals(THERE, peer.receive(THERE.length));
        peer.send("OK");
        peer.send(BACK);
        assertEquals("", text(peer.receiveAll()));
        return true;
      }
    }

    private void exchange(StreamConnection connection) {
      connection.writer().write(THERE);
      assertEquals("OK", text(connection.reader().readExactly(2)));
      assertArrayEquals(BACK, Deadline.get(connection.reader().readExactly(BACK.length)));
      connection.writer().close();
      assertNull(Deadline.get(connection.writer().waitClosed()));
    }

    @Test
    @DisplayName("clients exchange megabytes with a blocking server, on channels of their own too")
    void testCreateConnectionSsl1() throws Exception {
      try (ServerSocket listening = BlockingSockets.listen()) {
        for (int i = 0; i < CLIENTS; i++) {
          Future<Boolean> serving = Tasks.start(() -> serveOne(listening));
          if (i % 2 == 0) {
            exchange(Deadline.get(open(listening.getLocalPort())));
          } else {
            SocketChannel channel = SocketChannel.open(listening.getLocalSocketAddress());
            TlsOptions named = TlsOnLoopback.CLIENT.withServerHostname("localhost");
            exchange(
                Deadline.get(
                    AsyncStreams.openConnection(channel, ConnectOptions.DEFAULTS.withTls(named))));
          }
          assertTrue(Deadline.get(serving));
        }
      }
    }

    @Test
    @DisplayName("a certificate that is not trusted fails the connect at once")
    void testCreateConnectionSslFailedCertificate() {
      Issued other = CertificateAuthority.create("Other CA").issue();
      TlsOptions server = TlsOptions.of(other.serverContext());
      try (TestServer served =
          TestServer.by(
              (reader, writer) -> new CompletableFuture<>(),
              ServerOptions.DEFAULTS.withTls(server))) {
        TlsException failure =
            Deadline.failure(TlsException.class, open(served.address().getPort()));

        assertEquals(TlsFailure.UNTRUSTED, failure.failure());
      }
    }

    @Test
    @DisplayName("a timeout of the caller in the handshake closes the socket and logs nothing")
    void testSslHandshakeTimeout() throws Exception {
      try (CapturedLog log = new CapturedLog();
          ServerSocket listening = BlockingSockets.listen()) {
        CompletableFuture<StreamConnection> opening =
            open(listening.getLocalPort()).orTimeout(100, TimeUnit.MILLISECONDS);
        try (Socket peer = BlockingSockets.accept(listening)) {
          Deadline.failure(TimeoutException.class, opening);

          assertTrue(BlockingSockets.countToEnd(peer) > 0);
        }
        assertEquals(List.of(), log.messages());
      }
    }

    @Test
    @DisplayName("a peer that closes in the handshake fails the connect as a lost connection")
    void testSslHandshakeConnectionLost() throws Exception {
      try (ServerSocket listening = BlockingSockets.listen()) {
        CompletableFuture<StreamConnection> opening = open(listening.getLocalPort());
        BlockingSockets.accept(listening).close();

        ConnectionLostException lost = Deadline.failure(ConnectionLostException.class, opening);
        assertTrue(lost.getMessage().contains("TLS handshake"), lost::getMessage);
      }
    }

    @Test
    @DisplayName("a connect that times out in the handshake leaves no socket open")
    void testConnectTimeoutWarning() throws Exception {
      try (ServerSocket listening = BlockingSockets.listen()) {
        ConnectedPair.open().close(); // and what is opened once is open
        Set<String> before = OpenFiles.sockets();
        CompletableFuture<StreamConnection> opening =
            open(listening.getLocalPort()).orTimeout(50, TimeUnit.MILLISECONDS);

        Deadline.failure(TimeoutException.class, opening);

        OpenFiles.awaitNoMoreThan(before);
      }
    }
  }

  @Nested
  class StartTls {

    @Test
    @DisplayName("a client turns to TLS behind words in the clear")
    void testStartTlsClientRegProto1() throws Exception {
      byte[] hello = noise(MIB, 3);
      try (ServerSocket listening = BlockingSockets.listen()) {
        Future<Boolean> serving =
            Tasks.start(
                () -> {
                  Socket plain = BlockingSockets.accept(listening);
                  assertEquals("clear", text(plain.getInputStream().readNBytes(5)));
                  plain.getOutputStream().write(bytes("O"));
                  try (BlockingTlsPeer peer =
                      BlockingTlsPeer.server(plain, TlsOnLoopback.OWN.serverContext())) {
                    assertArrayEquals(hello, peer.receive(hello.length));
                    peer.send("OK");
                    assertEquals("", text(peer.receiveAll()));
                    return true;
                  }
                });
        StreamConnection connection =
            Deadline.get(AsyncStreams.openConnection("localhost", listening.getLocalPort()));
        connection.writer().write(bytes("clear"));
        assertEquals("O", text(connection.reader().readExactly(1)));

        assertNull(Deadline.get(connection.writer().startTls(TlsOnLoopback.CLIENT)));

        connection.writer().write(hello);
        assertEquals("OK", text(connection.reader().readExactly(2)));
        connection.writer().close();
        assertNull(Deadline.get(connection.writer().waitClosed()));
        assertTrue(Deadline.get(serving));
      }
    }

    @Test
    @DisplayName("a server turns to TLS, gets data, and a good-bye is an end in order")
    void testStartTlsServer1() throws Exception {
      byte[] hello = noise(MIB, 4);
      CompletableFuture<byte[]> received = new CompletableFuture<>();
      CompletableFuture<byte[]> rest = new CompletableFuture<>();
      ConnectionHandler handler =
          (reader, writer) ->
              writer
                  .startTls(TlsOnLoopback.SERVER)
                  .thenCompose(nothing -> reader.readExactly(hello.length))
                  .thenAccept(received::complete)
                  .thenCompose(nothing -> reader.read())
                  .thenAccept(rest::complete)
                  .thenCompose(nothing -> writer.waitClosed());
      try (TestServer served = TestServer.by(handler)) {
        try (BlockingTlsPeer peer =
            BlockingTlsPeer.connect(served.address(), TlsOnLoopback.AUTHORITY.clientContext())) {
          peer.send(hello);
          assertArrayEquals(hello, Deadline.get(received));
          peer.sayGoodBye();
          assertEquals("", text(peer.receiveAll()));
        }
        assertEquals("", text(rest));
        assertEquals(List.of(), List.copyOf(served.reports()));
      }
    }
  }

  @Nested
  class Shutdown {

    @Test
    @DisplayName("the peer's good-bye is the end of the stream, and ours ends the connection")
    void testShutdownCleanly() {
      for (int i = 0; i < CLIENTS; i++) {
        try (TestServer served =
                TestServer.by(
                    (reader, writer) ->
                        reader
                            .readExactly(4)
                            .thenAccept(writer::write)
                            .thenRun(writer::close)
                            .thenCompose(nothing -> writer.waitClosed()),
                    serving());
            StreamConnection connection = Deadline.get(open(served.address().getPort()))) {
          connection.writer().write(bytes("ping"));

          assertEquals("ping", text(connection.reader().readExactly(4)));
          assertEquals("", text(connection.reader().read()));
          assertTrue(connection.reader().atEof());
          connection.writer().close();
          assertNull(Deadline.get(connection.writer().waitClosed()));
          assertEquals(List.of(), List.copyOf(served.reports()));
        }
      }
    }

    @Test
    @DisplayName("what is queued when a connection is closed arrives, though it takes a while")
    void testFlushBeforeShutdown() throws Exception {
      byte[] data = noise(16 * MIB, 5); // more than the kernel takes
      try (Pair pair = Pair.open(connecting())) {
        pair.ours().writer().write(data);
        pair.ours().writer().close();
        assertTrue(pair.ours().writer().transport().getWriteBufferSize() > 0);

        assertArrayEquals(data, pair.peer().receiveAll());
        pair.peer().close();
        assertNull(Deadline.get(pair.ours().writer().waitClosed()));
      }
    }

    @Test
    @DisplayName("what is queued when the peer says good-bye arrives, though it reads slowly")
    void testRemoteShutdownReceivesTrailingDataOnSlowSocket() throws Exception {
      byte[] data = noise(4 * MIB, 6);
      try (Pair pair = Pair.open(connecting())) {
        pair.ours().writer().write(data);
        pair.peer().sayGoodBye();
        assertEquals("", text(pair.ours().reader().read()));
        assertTrue(pair.ours().writer().isClosing());

        int size = 0;
        for (int part = 1; size < data.length; part = Math.min(2 * part, 100_000)) {
          byte[] received = pair.peer().receive(Math.min(part, data.length - size));
          assertArrayEquals(Arrays.copyOfRange(data, size, size + received.length), received);
          size += received.length;
        }
        assertEquals("", text(pair.peer().receiveAll()));
        assertNull(Deadline.get(pair.ours().writer().waitClosed()));
      }
    }

    @Test
    @DisplayName("what came while reading was paused is delivered, then the end")
    void testShutdownTimeoutHandlerNotSet() throws Exception {
      byte[] data = noise(MIB, 7);
      try (Pair pair = Pair.open(connecting().withLimit(1024))) {
        Future<Boolean> sending =
            Tasks.start(
                () -> {
                  pair.peer().send(data);
                  pair.peer().sayGoodBye();
                  return true;
                });
        Deadline.await("reading is paused", () -> !pair.ours().writer().transport().isReading());
        assertFalse(pair.ours().reader().atEof());

        assertArrayEquals(data, Deadline.get(pair.ours().reader().read()));
        assertTrue(Deadline.get(sending));
        assertTrue(pair.ours().reader().atEof());
        assertNull(Deadline.get(pair.ours().writer().waitClosed()));
      }
    }
  }
}
