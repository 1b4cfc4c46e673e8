package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.noise;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.CloseReason;
import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.ErrorStage;
import io.weir.ExtraInfo;
import io.weir.InternalAccess;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.ShutdownReport;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.AsyncServerChannel;
import io.weir.testing.BlockingPeer;
import io.weir.testing.Deadline;
import io.weir.testing.ErrorReport;
import io.weir.testing.Loopback;
import io.weir.testing.ScriptedChannel;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;

/** A server that is shut down in a given time, and how its connections end by that. */
class ShutdownTest {

  private static final Duration NOT_AT_ALL = Duration.ZERO;
  private static final int MIB = 1024 * 1024;
  private static final Duration SHORT = Duration.ofMillis(100);
  private static final Duration LONG = Deadline.TIME;
  private static final Duration FOREVER = Duration.ofDays(1);

  private final Queue<StreamWriter> served = new ConcurrentLinkedQueue<>();
  private final CompletableFuture<Void> peerLeft = new CompletableFuture<>();

  /** Echoes lines until the client leaves, and says good-bye. */
  private CompletableFuture<?> echo(StreamReader reader, StreamWriter writer) {
    served.add(writer);
    return reader
        .forEachLine(
            line -> {
              writer.write(line);
              return writer.drain();
            })
        .handle(
            (ended, error) -> {
              writer.write(bytes("bye\n"));
              writer.close();
              return null;
            });
  }

  private static BlockingPeer greeted(TestServer server) {
    BlockingPeer peer = server.connect();
    peer.send("hello\n");
    assertEquals("hello\n", peer.receiveLine());
    return peer;
  }

  private CloseReason.Kind reason() {
    return served.element().closeReason().kind();
  }

  private static void assertReport(
      int finished, int closed, int aborted, CompletableFuture<ShutdownReport> report) {
    assertEquals(new ShutdownReport(finished, closed, aborted, 0), Deadline.get(report));
  }

  @Test
  void a_server_without_clients_is_shut_down_at_once() {
    try (TestServer server = TestServer.by(this::echo)) {
      CompletableFuture<ShutdownReport> report = server.server().shutdown(LONG);

      assertTrue(report.isDone());
      assertReport(0, 0, 0, report);
      assertFalse(server.server().isServing());
      assertTrue(server.server().waitClosed().isDone());
    }
  }

  @Test
  void handlers_that_end_by_themselves_have_finished() {
    try (TestServer server = TestServer.by(this::echo);
        BlockingPeer peer = greeted(server)) {
      CompletableFuture<ShutdownReport> report = server.server().shutdown(LONG, LONG);
      peer.send("still there?\n");
      assertEquals("still there?\n", peer.receiveLine());
      peer.shutdownOutput();

      assertEquals("bye\n", text(peer.receiveAll()));
      assertReport(1, 0, 0, report);
      assertEquals(CloseReason.Kind.CLOSED_BY_PEER, reason());
    }
  }

  @Test
  void handlers_that_wait_for_more_get_the_end_and_say_their_last_words() {
    try (TestServer server = TestServer.by(this::echo);
        BlockingPeer peer = greeted(server)) {
      CompletableFuture<ShutdownReport> report = server.server().shutdown(NOT_AT_ALL, LONG);

      assertEquals("bye\n", text(peer.receiveAll()));
      peer.shutdownOutput();
      assertReport(0, 1, 0, report);
      assertEquals(CloseReason.Kind.SERVER_STOPPING, reason());
      assertTrue(server.reports().isEmpty(), server.reports()::toString);
    }
  }

  @Test
  void half_of_the_time_is_for_handlers() {
    try (TestServer server = TestServer.by(this::echo);
        BlockingPeer peer = greeted(server)) {
      CompletableFuture<ShutdownReport> report = server.server().shutdown(Duration.ofSeconds(1));
      peer.send("one more\n");

      assertEquals("one more\nbye\n", text(peer.receiveAll()));
      peer.shutdownOutput();
      assertReport(0, 1, 0, report);
    }
  }

  @Test
  void what_had_come_before_is_still_served() {
    CompletableFuture<StreamReader> called = new CompletableFuture<>();
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    ConnectionHandler late =
        (reader, writer) -> {
          called.complete(reader);
          return goOn.thenCompose(nothing -> echo(reader, writer));
        };
    try (TestServer server = TestServer.by(late);
        BlockingPeer peer = server.connect()) {
      peer.send("a\nb\n");
      StreamReader reader = Deadline.get(called);
      Deadline.await("it has come", () -> reader.toString().contains("4 bytes"));
      CompletableFuture<ShutdownReport> report = server.server().shutdown(NOT_AT_ALL, LONG);
      peer.send("too late\n");
      goOn.complete(null);

      assertEquals("a\nb\nbye\n", text(peer.receiveAll()));
      peer.shutdownOutput();
      assertReport(0, 1, 0, report);
    }
  }

  @Test
  void who_takes_nothing_is_aborted_when_time_is_up() {
    ConnectionHandler talker =
        ConnectionHandler.of(
            (reader, writer) -> {
              served.add(writer);
              writer.write(new byte[64 * MIB]);
              writer.close();
            });
    try (TestServer server = TestServer.by(talker);
        BlockingPeer peer = server.connect()) {
      Deadline.await("it is served", () -> !served.isEmpty() && served.element().isClosing());
      assertEquals(peer.localAddress(), served.element().getExtraInfo(ExtraInfo.PEER_NAME));

      assertReport(0, 0, 1, server.server().shutdown(SHORT));
      assertEquals(CloseReason.Kind.ABORTED, reason());
      assertTrue(served.element().closeReason().unsent() > 0);
    }
  }

  @Test
  void a_connection_that_its_handler_has_left_open_is_closed() {
    ConnectionHandler leaves =
        ConnectionHandler.of(
            (reader, writer) -> {
              served.add(writer);
              writer.write(bytes("yours\n"));
            });
    try (TestServer server = TestServer.by(leaves);
        BlockingPeer peer = server.connect()) {
      assertEquals("yours\n", peer.receiveLine());
      CompletableFuture<ShutdownReport> report = server.server().shutdown(NOT_AT_ALL, LONG);

      assertTrue(peer.sawEnd());
      peer.shutdownOutput();
      assertReport(0, 1, 0, report);
    }
  }

  /** Returns at once, and leaves the connection open. */
  private CompletableFuture<?> leave(StreamReader reader, StreamWriter writer) {
    reader.whenPeerGone().thenRun(() -> peerLeft.complete(null));
    served.add(writer);
    writer.write(bytes("yours\n"));
    return CompletableFuture.completedFuture(null);
  }

  @Test
  void a_connection_whose_handler_returned_and_whose_peer_left_is_closed_at_once() {
    try (TestServer server = TestServer.by(this::leave);
        BlockingPeer peer = server.connect()) {
      assertEquals("yours\n", peer.receiveLine());
      peer.shutdownOutput();
      Deadline.get(peerLeft);

      assertReport(0, 1, 0, server.server().shutdown(FOREVER));
      assertTrue(peer.sawEnd());
    }
  }

  @Test
  void a_connection_whose_handler_returned_is_closed_when_its_peer_leaves() {
    try (TestServer server = TestServer.by(this::leave);
        BlockingPeer leaves = server.connect();
        BlockingPeer stays = server.connect()) {
      assertEquals("yours\n", leaves.receiveLine());
      assertEquals("yours\n", stays.receiveLine());
      CompletableFuture<ShutdownReport> report = server.server().shutdown(FOREVER);
      leaves.shutdownOutput();
      assertTrue(leaves.sawEnd());
      assertEquals(1, served.stream().filter(writer -> !writer.isClosing()).count());
      assertFalse(report.isDone());
      stays.shutdownOutput();

      assertReport(0, 2, 0, report);
    }
  }

  @Test
  void a_connection_whose_peer_left_is_closed_when_its_handler_returns() {
    CompletableFuture<Void> work = new CompletableFuture<>();
    ConnectionHandler works = (reader, writer) -> leave(reader, writer).thenCompose(left -> work);
    try (TestServer server = TestServer.by(works);
        BlockingPeer peer = server.connect()) {
      peer.shutdownOutput();
      Deadline.get(peerLeft);
      CompletableFuture<ShutdownReport> report = server.server().shutdown(FOREVER);
      assertFalse(served.element().isClosing());
      assertFalse(report.isDone());
      work.complete(null);

      assertReport(0, 1, 0, report);
      assertEquals("yours\n", text(peer.receiveAll()));
    }
  }

  @Test
  void bytes_that_nobody_reads_do_not_keep_a_connection_that_its_peer_left() {
    byte[] answer = noise(4 * MIB, 5);
    ConnectionHandler answers =
        ConnectionHandler.of(
            (reader, writer) -> {
              served.add(writer);
              writer.write(answer);
            });
    try (TestServer server = TestServer.by(answers);
        BlockingPeer peer = server.connect()) {
      peer.send("unread\n");
      peer.shutdownOutput();
      Deadline.await("it is served", () -> !served.isEmpty());
      CompletableFuture<ShutdownReport> report = server.server().shutdown(FOREVER);

      assertEquals(answer.length, peer.receiveAll().length);
      assertReport(0, 1, 0, report);
    }
  }

  @Test
  void a_client_that_goes_on_sending_gets_every_byte_that_was_written() {
    byte[] answer = noise(4 * MIB, 5);
    ConnectionHandler answers = ConnectionHandler.of((reader, writer) -> writer.write(answer));
    try (TestServer server = TestServer.by(answers);
        StreamConnection client = server.open()) {
      client.writer().write(new byte[2 * MIB]); // which nobody reads
      Deadline.get(client.reader().readExactly(1));
      CompletableFuture<ShutdownReport> report = server.server().shutdown(NOT_AT_ALL, LONG);

      assertEquals(answer.length - 1, Deadline.get(client.reader().read()).length);
      client.writer().close();
      assertReport(0, 1, 0, report);
    }
  }

  @Test
  void a_handshake_under_way_is_ended() throws Exception {
    TlsOptions tls = TlsOptions.of(CertificateAuthority.create("Test CA").issue().serverContext());
    try (TestServer server = TestServer.by(this::echo, ServerOptions.DEFAULTS.withTls(tls));
        BlockingPeer halfShaken = server.connect()) {
      halfShaken.send(clientHello());
      assertEquals(1, halfShaken.receive(1).length);

      assertReport(0, 1, 0, server.server().shutdown(NOT_AT_ALL, LONG));
      halfShaken.receiveAll();
      assertTrue(server.reports().isEmpty(), server.reports()::toString);
    }
  }

  private static byte[] clientHello() throws GeneralSecurityException, SSLException {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine();
    engine.setUseClientMode(true);
    ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), hello);
    return Arrays.copyOf(hello.array(), hello.position());
  }

  @Test
  void clients_that_have_left_before_do_not_count() {
    try (TestServer server = TestServer.by(this::echo)) {
      try (BlockingPeer early = greeted(server)) {
        early.shutdownOutput();
        assertEquals("bye\n", text(early.receiveAll()));
      }
      Deadline.get(served.element().waitClosed());

      assertReport(0, 0, 0, server.server().shutdown(LONG));
    }
  }

  @Test
  void each_counts_once() {
    try (TestServer server = TestServer.by(this::echo);
        BlockingPeer leaves = greeted(server);
        BlockingPeer stays = greeted(server);
        BlockingPeer resets = greeted(server)) {
      CompletableFuture<ShutdownReport> report =
          server.server().shutdown(Duration.ofSeconds(1), LONG);
      leaves.shutdownOutput();
      resets.reset();
      assertEquals("bye\n", text(leaves.receiveAll()));
      assertEquals("bye\n", text(stays.receiveAll()));
      stays.shutdownOutput();

      assertReport(2, 1, 0, report);
    }
  }

  @Test
  void a_handler_that_outlives_its_connection_is_waited_for() {
    CompletableFuture<Void> bookKeeping = new CompletableFuture<>();
    ConnectionHandler keepsBooks =
        (reader, writer) -> echo(reader, writer).thenCompose(ended -> bookKeeping);
    try (TestServer server = TestServer.by(keepsBooks);
        BlockingPeer peer = greeted(server)) {
      CompletableFuture<ShutdownReport> report = server.server().shutdown(NOT_AT_ALL, LONG);
      assertEquals("bye\n", text(peer.receiveAll()));
      peer.shutdownOutput();
      Deadline.get(server.server().waitClosed());
      assertFalse(report.isDone());
      bookKeeping.complete(null);

      assertReport(0, 1, 0, report);
    }
  }

  @Test
  void a_handler_that_never_ends_is_left_to_itself_when_time_is_up() {
    ConnectionHandler neverEnds =
        (reader, writer) -> {
          writer.close();
          return new CompletableFuture<>();
        };
    try (TestServer server = TestServer.by(neverEnds);
        BlockingPeer peer = server.connect()) {
      assertTrue(peer.sawEnd());
      Deadline.get(server.server().shutdown(SHORT)); // however the one client counts
    }
  }

  @Test
  void a_second_call_cuts_the_first_short() {
    CompletableFuture<Void> called = new CompletableFuture<>();
    ConnectionHandler neverEnds =
        (reader, writer) -> {
          called.complete(null);
          return new CompletableFuture<>();
        };
    try (TestServer server = TestServer.by(neverEnds);
        BlockingPeer peer = server.connect()) {
      Deadline.get(called);
      CompletableFuture<ShutdownReport> first = server.server().shutdown(Duration.ofDays(1));
      CompletableFuture<ShutdownReport> second = server.server().shutdown(NOT_AT_ALL);

      assertReport(0, 0, 1, second);
      assertReport(0, 0, 1, first);
      assertReport(0, 0, 1, server.server().shutdown(LONG));
      assertTrue(peer.sawEnd());
    }
  }

  @Test
  void a_shutdown_that_nobody_awaits_goes_on() {
    try (TestServer server = TestServer.by(this::echo);
        BlockingPeer peer = greeted(server)) {
      server.server().shutdown(NOT_AT_ALL, LONG).cancel(false);

      assertEquals("bye\n", text(peer.receiveAll()));
      peer.shutdownOutput();
      Deadline.get(server.server().waitClosed());
    }
  }

  @Test
  void it_closes_the_server() {
    try (TestServer server = TestServer.by(this::echo)) {
      CompletableFuture<Void> forever = server.server().serveForever();
      Deadline.get(server.server().shutdown(LONG));

      Deadline.failure(CancellationException.class, forever);
      assertThrows(IllegalStateException.class, server.server()::startServing);
      Deadline.failure(
          ConnectException.class,
          AsyncStreams.openConnection(Loopback.HOST, server.address().getPort()));
    }
  }

  @Test
  void the_times_are_checked() {
    try (TestServer server = TestServer.by(this::echo)) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> server.server().shutdown(LONG, SHORT));
      assertTrue(refused.getMessage().contains(SHORT.toString()), refused::getMessage);
      assertThrows(IllegalArgumentException.class, () -> server.server().shutdown(SHORT.negated()));
      assertTrue(server.server().isServing());
    }
  }

  @Test
  void a_loss_while_closing_that_nobody_waits_for_is_reported() {
    ConnectionHandler talker =
        ConnectionHandler.of(
            (reader, writer) -> {
              writer.write(new byte[64 * MIB]);
              writer.close();
              served.add(writer);
            });
    try (TestServer server = TestServer.by(talker);
        BlockingPeer peer = server.connect()) {
      SocketAddress address = peer.localAddress();
      Deadline.await("it is being closed", () -> !served.isEmpty());
      peer.reset();
      Deadline.await("it is reported", () -> !server.reports().isEmpty());

      ErrorReport report = server.reports().remove();
      assertEquals(ErrorStage.CLOSE, report.stage());
      assertEquals(address, report.peer());
      assertInstanceOf(ConnectionLostException.class, report.error());
      assertTrue(server.reports().isEmpty());
    }
  }

  @Test
  void a_loss_while_closing_that_somebody_waits_for_is_told_to_them_alone() {
    CompletableFuture<Void> told = new CompletableFuture<>();
    ConnectionHandler talker =
        ConnectionHandler.of(
            (reader, writer) -> {
              writer.write(new byte[64 * MIB]);
              writer.close();
              writer.waitClosed().whenComplete((ended, loss) -> told.completeExceptionally(loss));
            });
    try (TestServer server = TestServer.by(talker);
        BlockingPeer peer = server.connect()) {
      assertEquals(1, peer.receive(1).length);
      peer.reset();

      Deadline.failure(ConnectionLostException.class, told);
      assertTrue(server.reports().isEmpty(), server.reports()::toString);
    }
  }

  @Test
  void a_peer_that_has_been_sent_all_and_lingers_is_not_counted_as_aborted() throws Exception {
    ConnectionHandler answers =
        ConnectionHandler.of((reader, writer) -> writer.write(new byte[10]));
    try (TestServer server = TestServer.by(answers);
        Socket client = new Socket(server.address().getAddress(), server.address().getPort())) {
      client.getInputStream().readNBytes(10);
      CompletableFuture<ShutdownReport> report =
          server.server().shutdown(Duration.ZERO, Duration.ofMillis(300));
      assertEquals(-1, client.getInputStream().read());
      assertEquals(new ShutdownReport(0, 1, 0, 0), Deadline.get(report));
    }
  }

  @Test
  void closing_gracefully_after_close_still_cares_for_the_peer() throws Exception {
    CompletableFuture<StreamWriter> accepted = new CompletableFuture<>();
    Server server =
        Loopback.serve(
            (reader, writer) -> {
              accepted.complete(writer);
              return writer.waitClosed();
            },
            ServerOptions.DEFAULTS.withLimit(10));
    try (Socket client = new Socket()) {
      client.setReceiveBufferSize(4096);
      client.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), Loopback.port(server)));
      client.getOutputStream().write(new byte[100_000]);
      StreamWriter writer = Deadline.get(accepted);
      writer.write(new byte[3_000_000]);
      writer.close();
      CompletableFuture<CloseReason> reason = writer.closeGracefully(Duration.ofSeconds(5));
      assertEquals(3_000_000, client.getInputStream().readAllBytes().length);
      assertEquals(CloseReason.Kind.CLOSED, Deadline.get(reason).kind());
    }
    server.close();
  }

  @Test
  void input_that_is_cut_off_does_not_look_complete() {
    CompletableFuture<Void> begun = new CompletableFuture<>();
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    CompletableFuture<byte[]> upload = new CompletableFuture<>();
    ConnectionHandler stores =
        (reader, writer) -> {
          begun.complete(null);
          return goOn.thenCompose(ready -> reader.read())
              .whenComplete(
                  (all, error) -> {
                    if (error == null) {
                      upload.complete(all);
                    } else {
                      upload.completeExceptionally(error);
                    }
                  });
        };
    try (TestServer server = TestServer.by(stores);
        StreamConnection client = server.open()) {
      Deadline.get(begun); // or the server is closed before it has taken the client in
      client.writer().write(new byte[MIB]);
      CompletableFuture<ShutdownReport> report = server.server().shutdown(NOT_AT_ALL, LONG);
      goOn.complete(null);

      ConnectionLostException cut = Deadline.failure(ConnectionLostException.class, upload);
      assertTrue(cut.getMessage().contains("the server is shutting down"), cut::getMessage);
      assertEquals("", text(client.reader().read()));
      client.writer().close();
      assertReport(0, 1, 0, report);
      assertTrue(server.reports().isEmpty(), server.reports()::toString);
    }
  }

  @Test
  void a_handler_that_blocks_in_get_and_fails_as_its_input_is_ended_is_not_reported() {
    ExecutorService threads = Executors.newCachedThreadPool();
    ConnectionHandler blocks =
        ConnectionHandler.of(
            (reader, writer) -> {
              served.add(writer);
              writer.write(reader.readLine().get());
              reader.readLine().get();
            });
    try (TestServer server =
            TestServer.by(blocks, ServerOptions.DEFAULTS.withHandlerExecutor(threads));
        BlockingPeer peer = greeted(server)) {
      CompletableFuture<ShutdownReport> report = server.server().shutdown(NOT_AT_ALL, LONG);
      assertTrue(peer.sawEnd());
      peer.shutdownOutput();

      assertReport(0, 1, 0, report);
      assertEquals(CloseReason.Kind.SERVER_STOPPING, reason());
      assertTrue(server.reports().isEmpty(), server.reports()::toString);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void a_handler_that_goes_on_writing_when_its_input_is_ended_is_not_disturbed() {
    CompletableFuture<StreamWriter> called = new CompletableFuture<>();
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    ConnectionHandler answers =
        (reader, writer) -> {
          writer.write(bytes("one "));
          called.complete(writer);
          return goOn.thenCompose(ready -> writer.drain())
              .thenCompose(
                  drained -> {
                    writer.write(bytes("two"));
                    return writer.drain();
                  });
        };
    try (TestServer server = TestServer.by(answers);
        BlockingPeer peer = server.connect()) {
      Deadline.get(called);
      CompletableFuture<ShutdownReport> report = server.server().shutdown(NOT_AT_ALL, LONG);
      goOn.complete(null);

      assertEquals("one two", text(peer.receiveAll()));
      peer.shutdownOutput();
      assertReport(0, 1, 0, report);
      assertTrue(server.reports().isEmpty(), server.reports()::toString);
    }
  }

  /** Accepts one connection, which the test scripts. */
  private static class OneConnection implements AsyncServerChannel {

    private final AtomicReference<AsyncByteChannel> next;
    private volatile boolean open = true;

    OneConnection(AsyncByteChannel channel) {
      next = new AtomicReference<>(channel);
    }

    @Override
    public void accept(CompletionHandler<AsyncByteChannel, Void> handler) {
      AsyncByteChannel accepted = next.getAndSet(null);
      if (accepted != null) {
        handler.completed(accepted, null);
      }
    }

    @Override
    public void close() {
      open = false;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public SocketAddress localAddress() {
      return InetSocketAddress.createUnresolved("here.test", 1);
    }

    @Override
    public SocketAddress remoteAddress() {
      return null;
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
      return Set.of();
    }

    @Override
    public <T> T option(SocketOption<T> name) {
      return null;
    }

    @Override
    public <T> void option(SocketOption<T> name, T value) {}
  }

  @Test
  void a_broken_connection_whose_last_input_is_being_read_counts_as_aborted_and_keeps_its_reason() {
    ScriptedChannel channel = new ScriptedChannel();
    channel.failsWrite(new IOException("Connection reset"));
    ConnectionHandler writes =
        (reader, writer) -> {
          served.add(writer);
          writer.write(bytes("lost"));
          return new CompletableFuture<>();
        };
    Server server = InternalAccess.server(new OneConnection(channel), writes);
    server.startServing();
    StreamWriter writer = served.element();
    assertTrue(channel.isReadPending(), "the rest of the input is being read");
    assertNull(writer.closeReason());

    assertReport(0, 0, 1, server.shutdown(NOT_AT_ALL));
    assertEquals(CloseReason.Kind.RESET, reason());
  }

  @Test
  void a_server_has_its_socket_and_is_not_closed_until_the_system_has_released_the_address()
      throws Exception {
    CompletableFuture<Void> released = new CompletableFuture<>();
    CompletableFuture<Void> closing = new CompletableFuture<>();
    AsyncServerChannel listening =
        new OneConnection(new ScriptedChannel()) {
          @Override
          public void close() {
            closing.complete(null);
            Deadline.get(released);
            super.close();
          }
        };
    Server server =
        InternalAccess.server(
            listening, (reader, writer) -> CompletableFuture.completedFuture(null));
    server.startServing();
    Thread closes = new Thread(server::close);
    closes.start();
    Deadline.get(closing);
    server.abortClients();

    assertFalse(server.isServing());
    assertEquals(1, server.sockets().size());
    CompletableFuture<Void> closed = server.waitClosed();
    CompletableFuture<ShutdownReport> report = server.shutdown(NOT_AT_ALL);
    assertFalse(closed.isDone());
    assertFalse(report.isDone());

    released.complete(null);
    closes.join(Deadline.TIME.toMillis());
    assertTrue(server.sockets().isEmpty());
    assertNull(Deadline.get(closed));
    assertReport(0, 0, 0, report);
  }

  @Test
  void a_server_is_closed_though_memory_ended_while_its_sockets_were_closed() {
    List<AsyncServerChannel> listening = List.of(closingWithoutMemory(), closingWithoutMemory());
    Server server =
        InternalAccess.server(
            listening, (reader, writer) -> CompletableFuture.completedFuture(null));
    CompletableFuture<Void> forever = server.serveForever();

    assertThrows(OutOfMemoryError.class, server::close);
    assertTrue(listening.stream().noneMatch(AsyncServerChannel::isOpen));
    assertTrue(server.sockets().isEmpty());
    server.abortClients();
    assertNull(Deadline.get(server.waitClosed()));
    Deadline.failure(CancellationException.class, forever);
  }

  private static AsyncServerChannel closingWithoutMemory() {
    return new OneConnection(new ScriptedChannel()) {
      @Override
      public void close() {
        super.close();
        throw new OutOfMemoryError("thrown by the test");
      }
    };
  }
}
