package io.weir.api;

import static io.weir.testing.Texts.bytes;
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
import io.weir.MemoryStreams;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.testing.BlockingPeer;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import io.weir.testing.TestServer;
import io.weir.testing.TlsOverWire;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Bytes that pass from one connection to another. */
class TransferTest {

  private static final byte[] MUCH = new byte[8 << 20];

  static {
    new Random(7).nextBytes(MUCH);
  }

  @Test
  void everything_up_to_the_end_arrives_unchanged_and_is_counted() {
    try (ConnectedPair from = ConnectedPair.open();
        ConnectedPair to = ConnectedPair.open()) {
      CompletableFuture<Long> transfer = from.reader().transferTo(to.writer());
      Future<Boolean> sender =
          Tasks.start(
              () -> {
                from.peer().send(MUCH);
                from.peer().shutdownOutput();
                return true;
              });

      assertArrayEquals(MUCH, to.peer().receive(MUCH.length));
      assertTrue(Deadline.get(sender));
      assertEquals(MUCH.length, Deadline.get(transfer));
      assertFalse(to.writer().isClosing());
    }
  }

  @Test
  void what_was_buffered_before_goes_first() {
    StreamReader fed = StreamReader.handFed(10);
    fed.feedData(bytes("buffered "));
    try (ConnectedPair to = ConnectedPair.open()) {
      MemoryStreams.Pair pair = MemoryStreams.pair();
      pair.first().writer().write(bytes("buffered line\nand "));
      assertEquals("buffered line\n", text(pair.second().reader().readLine()));
      CompletableFuture<Long> transfer = pair.second().reader().transferTo(to.writer());
      pair.first().writer().write(bytes("more"));
      pair.first().close();

      assertEquals(8, Deadline.get(transfer));
      assertEquals("and more", text(to.peer().receive(8)));
      fed.feedEof();
      assertEquals(9, Deadline.get(fed.transferTo(to.writer())));
      assertEquals("buffered ", text(to.peer().receive(9)));
    }
  }

  @Test
  void a_peer_that_does_not_read_holds_the_other_up() {
    try (ConnectedPair from = ConnectedPair.open();
        ConnectedPair to = ConnectedPair.open()) {
      CompletableFuture<Long> transfer = from.reader().transferTo(to.writer());
      Future<Boolean> sender =
          Tasks.start(
              () -> {
                for (int i = 0; i < 8; i++) {
                  from.peer().send(MUCH);
                }
                return true;
              });
      Deadline.await(
          "the writer is full", () -> to.writer().transport().getWriteBufferSize() > 64 * 1024);

      assertFalse(transfer.isDone());
      assertTrue(to.writer().transport().getWriteBufferSize() < 256 * 1024);
      from.writer().transport().abort();
      to.writer().transport().abort();
      assertEquals(true, Deadline.get(transfer.handle((bytes, failure) -> true)));
      sender.cancel(true);
    }
  }

  @Test
  void a_cancelled_transfer_takes_nothing_more() {
    try (ConnectedPair from = ConnectedPair.open();
        ConnectedPair to = ConnectedPair.open()) {
      CompletableFuture<Long> transfer = from.reader().transferTo(to.writer());
      from.peer().send("one");
      assertEquals("one", text(to.peer().receive(3)));
      transfer.cancel(false);
      from.peer().send("two");

      assertEquals("two", text(Deadline.get(from.reader().readExactly(3))));
    }
  }

  @Test
  void an_error_on_either_side_fails_the_transfer() {
    try (ConnectedPair from = ConnectedPair.open();
        ConnectedPair to = ConnectedPair.open()) {
      CompletableFuture<Long> broken = from.reader().transferTo(to.writer());
      from.peer().reset();
      Deadline.failure(ConnectionLostException.class, broken);
    }
    try (ConnectedPair from = ConnectedPair.open();
        ConnectedPair to = ConnectedPair.open()) {
      to.writer().close();
      CompletableFuture<Long> refused = from.reader().transferTo(to.writer());
      from.peer().send("x");
      Deadline.failure(ConnectionLostException.class, refused);
    }
    try (ConnectedPair from = ConnectedPair.open();
        ConnectedPair to = ConnectedPair.open()) {
      to.writer().writeEof();
      CompletableFuture<Long> refused = from.reader().transferTo(to.writer());
      from.peer().send("x");
      Deadline.failure(IllegalStateException.class, refused);
    }
  }

  // ---- both directions ----

  /** A proxy to a server, by both directions. */
  private static ConnectionHandler proxyTo(int port, ConnectOptions options) {
    return (reader, writer) ->
        AsyncStreams.openConnection("127.0.0.1", port, options)
            .thenCompose(there -> AsyncStreams.join(new StreamConnection(reader, writer), there));
  }

  private static final ConnectionHandler ECHO_TO_THE_END =
      (reader, writer) ->
          reader
              .read()
              .thenAccept(
                  all -> {
                    writer.write(all);
                    writer.close();
                  });

  @Test
  void a_proxy_passes_half_a_close_on_and_the_answer_back() {
    try (TestServer server = TestServer.by(ECHO_TO_THE_END);
        TestServer proxy =
            TestServer.by(proxyTo(server.address().getPort(), ConnectOptions.DEFAULTS));
        BlockingPeer client = proxy.connect()) {
      client.send("question");
      client.shutdownOutput();

      assertEquals("question", text(client.receiveAll()));
    }
  }

  @Test
  void a_proxy_from_TCP_to_TLS_ends_the_connection_with_its_first_direction() {
    ServerOptions tls = ServerOptions.DEFAULTS.withTls(TlsOverWire.SERVER);
    ConnectionHandler answer =
        (reader, writer) ->
            reader
                .readLine()
                .thenAccept(
                    line -> {
                      writer.write(line);
                      writer.close();
                    });
    ConnectOptions trusting = ConnectOptions.DEFAULTS.withTls(TlsOverWire.CLIENT);
    try (TestServer server = TestServer.by(answer, tls);
        TestServer proxy = TestServer.by(proxyTo(server.address().getPort(), trusting));
        BlockingPeer client = proxy.connect()) {
      client.send("line\n");

      assertEquals("line\n", text(client.receiveAll()));
    }
  }

  @Test
  void an_error_on_one_side_aborts_the_other() {
    try (ConnectedPair one = ConnectedPair.open();
        ConnectedPair other = ConnectedPair.open()) {
      CompletableFuture<Void> joined =
          AsyncStreams.join(
              new StreamConnection(one.reader(), one.writer()),
              new StreamConnection(other.reader(), other.writer()));
      one.peer().reset();

      Deadline.failure(ConnectionLostException.class, joined);
      Deadline.await("the other is closed", () -> other.writer().closeReason() != null);
    }
  }

  @Test
  void a_join_that_is_cancelled_leaves_the_connections() {
    try (ConnectedPair one = ConnectedPair.open();
        ConnectedPair other = ConnectedPair.open()) {
      AsyncStreams.join(
              new StreamConnection(one.reader(), one.writer()),
              new StreamConnection(other.reader(), other.writer()))
          .cancel(false);
      one.peer().send("x");

      assertEquals("x", text(Deadline.get(one.reader().read(1))));
      assertNull(Deadline.get(other.writer().drain()));
    }
  }
}
