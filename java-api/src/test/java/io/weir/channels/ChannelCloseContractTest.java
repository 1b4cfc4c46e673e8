package io.weir.channels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The close of channels, with and without outstanding operations. */
@ParameterizedClass
@MethodSource("io.weir.channels.ChannelGroups#opened")
class ChannelCloseContractTest extends ChannelContract {

  private static final int ROUNDS = 50;

  private static ByteBuffer one() {
    return ByteBuffer.allocate(1);
  }

  // ---- outstanding operations ----

  @Test
  void an_outstanding_read_fails_with_AsynchronousCloseException() throws Exception {
    ChannelPair byHandler = connect();
    ChannelPair byFuture = connect();
    ChannelPair scattering = connect();
    Outcome<Integer> read = byHandler.pendingRead();
    Future<Integer> future = byFuture.channel().read(one());
    Outcome<Long> scatter =
        Outcome.of(
            handler ->
                scattering
                    .channel()
                    .read(
                        new ByteBuffer[] {one(), one()}, 0, 2, 0, TimeUnit.SECONDS, null, handler));
    byHandler.channel().close();
    byFuture.channel().close();
    scattering.channel().close();

    read.failure(AsynchronousCloseException.class);
    Deadline.failure(AsynchronousCloseException.class, future);
    scatter.failure(AsynchronousCloseException.class);
    assertEquals(1, read.calls());
  }

  @Test
  void an_outstanding_write_fails_with_AsynchronousCloseException() throws Exception {
    ChannelPair byHandler = connect();
    ChannelPair byFuture = connect();
    Outcome<Integer> write = byHandler.pendingWrite();
    Future<Integer> future = byFuture.pendingWriteFuture();
    byHandler.channel().close();
    byFuture.channel().close();

    write.failure(AsynchronousCloseException.class);
    Deadline.failure(AsynchronousCloseException.class, future);
  }

  @Test
  void an_outstanding_read_and_write_of_one_channel_both_fail() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> read = pair.pendingRead();
    Outcome<Integer> write = pair.pendingWrite();
    pair.channel().close();

    read.failure(AsynchronousCloseException.class);
    write.failure(AsynchronousCloseException.class);
  }

  @Test
  void an_outstanding_connect_fails_with_AsynchronousCloseException() throws Exception {
    InetSocketAddress silent = silent();
    AsynchronousSocketChannel byHandler = openChannel();
    AsynchronousSocketChannel byFuture = openChannel();
    Outcome<Void> connect = Outcome.of(handler -> byHandler.connect(silent, null, handler));
    Future<Void> future = byFuture.connect(silent);
    byHandler.close();
    byFuture.close();

    connect.failure(AsynchronousCloseException.class);
    Deadline.failure(AsynchronousCloseException.class, future);
    assertEquals(1, connect.calls());
  }

  @Test
  void an_outstanding_accept_fails_with_AsynchronousCloseException() throws Exception {
    AsynchronousServerSocketChannel byHandler = listen();
    AsynchronousServerSocketChannel byFuture = listen();
    Outcome<AsynchronousSocketChannel> accept =
        Outcome.of(handler -> byHandler.accept("attached", handler));
    Future<AsynchronousSocketChannel> future = byFuture.accept();
    byHandler.close();
    byFuture.close();

    accept.failure(AsynchronousCloseException.class);
    assertEquals("attached", accept.attachment());
    Deadline.failure(AsynchronousCloseException.class, future);
  }

  @Test
  void a_write_that_could_go_on_when_the_channel_closes_completes_or_fails_that_way()
      throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      ChannelPair pair = connect();
      Outcome<Integer> write = null;
      for (int i = 0; i < 3; i++) {
        if (write == null || write.isDone()) {
          write =
              Outcome.of(
                  handler ->
                      pair.channel()
                          .write(ByteBuffer.allocate(ChannelPair.MUCH / 4), null, handler));
        }
      }
      Outcome<Integer> last = write;
      Future<Integer> drained = Tasks.start(() -> BlockingSockets.countToEnd(pair.peer()));
      Tasks.spin(round * 4000);
      pair.channel().close();
      Deadline.await("the write ends", last::isDone);
      assertCompletedOr(AsynchronousCloseException.class, last);
      Deadline.get(drained);
    }
  }

  private static void assertCompletedOr(Class<? extends Throwable> kind, Outcome<?> operation) {
    try {
      operation.value();
    } catch (AssertionError failed) {
      assertInstanceOf(kind, failed.getCause());
    }
  }

  @Test
  void a_connect_that_could_complete_when_the_channel_closes_completes_or_fails_that_way()
      throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      AsynchronousSocketChannel channel = openChannel();
      Outcome<Void> connect =
          Outcome.of(handler -> channel.connect(listenerAddress(), null, handler));
      Tasks.spin(round * 1000);
      channel.close();
      assertCompletedOr(AsynchronousCloseException.class, connect);
      assertEquals(1, connect.calls());
      acceptPeer().close();
    }
  }

  @Test
  void a_read_that_starts_while_the_channel_closes_ends() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      ChannelPair pair = connect();
      CountDownLatch together = new CountDownLatch(2);
      Future<?> closing =
          Tasks.start(
              () -> {
                together.countDown();
                together.await();
                pair.channel().close();
                return null;
              });
      together.countDown();
      together.await();
      Outcome<Integer> read = pair.pendingRead();
      Deadline.get(closing);
      read.failure(ClosedChannelException.class); // or AsynchronousCloseException
      pair.peer().close();
    }
  }

  // ---- after the close ----

  @Test
  void operations_after_the_close_complete_with_ClosedChannelException() throws Exception {
    ChannelPair pair = connect();
    AsynchronousSocketChannel channel = pair.channel();
    channel.close();

    assertClosed(channel.read(one()));
    assertClosed(channel.write(one()));
    assertClosed(channel.connect(listenerAddress()));
    pair.pendingRead().failure(ClosedChannelException.class);
    Outcome.<Integer>of(h -> channel.write(one(), null, h)).failure(ClosedChannelException.class);
    Outcome.<Void>of(h -> channel.connect(listenerAddress(), null, h))
        .failure(ClosedChannelException.class);
  }

  private static void assertClosed(Future<?> operation) {
    assertTrue(operation.isDone(), "it completes immediately");
    assertEquals(
        ClosedChannelException.class,
        Deadline.failure(ClosedChannelException.class, operation).getClass());
  }

  @Test
  void operations_of_a_channel_that_was_never_connected_are_no_different_after_the_close()
      throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    channel.close();

    assertClosed(channel.read(one()));
    assertClosed(channel.write(one()));
    assertClosed(channel.read(ByteBuffer.allocate(0)));
    assertClosed(channel.write(ByteBuffer.allocate(0)));
  }

  @Test
  void accepts_after_the_close_complete_with_ClosedChannelException() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    AsynchronousServerSocketChannel unbound = openServer();
    server.close();
    unbound.close();

    assertClosed(server.accept());
    assertClosed(unbound.accept());
    Outcome.<AsynchronousSocketChannel>of(handler -> server.accept(null, handler))
        .failure(ClosedChannelException.class);
  }

  @Test
  void a_second_close_has_no_effect() throws Exception {
    ChannelPair pair = connect();
    AsynchronousServerSocketChannel server = listen();
    Outcome<Integer> read = pair.pendingRead();
    for (int i = 0; i < 2; i++) {
      pair.channel().close();
      server.close();
      assertFalse(pair.channel().isOpen());
      assertFalse(server.isOpen());
    }

    read.failure(AsynchronousCloseException.class);
    assertEquals(1, read.calls());
  }

  @Test
  void the_peer_sees_the_end_of_the_stream() throws Exception {
    ChannelPair pair = connect();
    pair.write("abc");
    pair.channel().close();

    assertEquals(3, BlockingSockets.countToEnd(pair.peer()));
  }

  @Test
  void no_connection_is_accepted_after_the_close() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    int port = portOf(server);
    Outcome<AsynchronousSocketChannel> accept = Outcome.of(handler -> server.accept(null, handler));
    server.close();

    assertThrows(ConnectException.class, () -> BlockingSockets.connect(port).close());
    accept.failure(AsynchronousCloseException.class);
  }

  @Test
  void an_interrupted_thread_can_use_and_close_channels() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    Future<AsynchronousSocketChannel> accept = server.accept();
    Socket client = connectTo(server);
    closeAfterTest(Deadline.get(accept));
    ChannelPair pair = connect();
    Deadline.get(Tasks.start(() -> useInterrupted(pair.channel(), server)));

    assertEquals("\0", pair.peerReceives(1));
    client.close();
  }

  private static Void useInterrupted(
      AsynchronousSocketChannel channel, AsynchronousServerSocketChannel server) throws Exception {
    Thread.currentThread().interrupt();
    Future<Integer> write = channel.write(one());
    Future<Integer> read = channel.read(one());
    assertTrue(channel.isOpen());
    channel.close();
    server.close();
    assertTrue(Thread.interrupted());
    assertEquals(1, Deadline.get(write));
    Deadline.failure(AsynchronousCloseException.class, read);
    return null;
  }
}
