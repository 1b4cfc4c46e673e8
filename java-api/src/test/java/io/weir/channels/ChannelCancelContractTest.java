package io.weir.channels;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What the cancellation of a future does to its channel. */
@ParameterizedClass
@MethodSource("io.weir.channels.ChannelGroups#opened")
class ChannelCancelContractTest extends ChannelContract {

  private static final int ROUNDS = 100;

  private static ByteBuffer one() {
    return ByteBuffer.allocate(1);
  }

  private static void assertCancelled(Future<?> future) {
    assertTrue(future.isDone());
    assertTrue(future.isCancelled());
    assertThrows(CancellationException.class, future::get);
    assertThrows(CancellationException.class, () -> future.get(0, SECONDS));
  }

  // ---- read ----

  @Test
  void a_cancelled_read_refuses_others_and_leaves_writes_alone() throws Exception {
    ChannelPair pair = connect();
    Future<Integer> read = pair.channel().read(one());

    assertTrue(read.cancel(false));
    assertCancelled(read);
    assertRefused(() -> pair.channel().read(one()));
    assertRefused(pair::pendingRead);
    assertTrue(pair.channel().isOpen());
    pair.write("abc");
    assertEquals("abc", pair.peerReceives(3));
  }

  @Test
  void a_read_cancelled_by_force_closes_the_channel() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> write = pair.pendingWrite();
    Future<Integer> read = pair.channel().read(one());

    assertTrue(read.cancel(true));
    assertCancelled(read);
    assertFalse(pair.channel().isOpen());
    write.failure(AsynchronousCloseException.class);
  }

  @Test
  void threads_that_wait_for_a_cancelled_read_wake_up() throws Exception {
    ChannelPair pair = connect();
    Future<Integer> read = pair.channel().read(one());
    Future<Integer> waiting = Tasks.start(read::get);
    Future<Integer> waitingToo = Tasks.start(() -> read.get(Deadline.LIMIT_SECONDS, SECONDS));

    read.cancel(false);

    Deadline.failure(CancellationException.class, waiting);
    Deadline.failure(CancellationException.class, waitingToo);
  }

  @Test
  void a_read_that_has_completed_cannot_be_cancelled() throws Exception {
    ChannelPair pair = connect();
    pair.peerSends("a");
    Future<Integer> read = pair.channel().read(one());
    Deadline.get(read);

    assertFalse(read.cancel(true));
    assertFalse(read.isCancelled());
    assertEquals(1, read.get());
    pair.assertWorks();
  }

  @Test
  void an_empty_operation_has_completed_before_it_can_be_cancelled() throws Exception {
    ChannelPair pair = connect();

    assertFalse(pair.channel().read(ByteBuffer.allocate(0)).cancel(true));
    assertFalse(pair.channel().write(ByteBuffer.allocate(0)).cancel(true));
    pair.assertWorks();
  }

  @Test
  void a_cancel_that_meets_the_bytes_loses_none_unless_it_refuses_other_reads() throws Exception {
    int completed = 0;
    for (int round = 0; round < ROUNDS; round++) {
      ChannelPair pair = connect();
      Future<Integer> read = pair.channel().read(one());
      Future<String> next = Tasks.start(() -> nextAfterCancellation(pair, read));
      pair.peerSends("ab");
      Tasks.spin(round * 1000);
      boolean cancelled = read.cancel(false);
      assertEquals(cancelled ? "refused" : "completed", Deadline.get(next));
      if (!cancelled) {
        completed++;
        assertEquals("b", pair.read(1));
      }
      pair.channel().close();
      pair.peer().close();
    }
    assertTrue(completed < ROUNDS);
  }

  /** Reads at once when the read before is cancelled. */
  private static String nextAfterCancellation(ChannelPair pair, Future<Integer> read)
      throws Exception {
    try {
      assertEquals(1, read.get(Deadline.LIMIT_SECONDS, SECONDS));
      return "completed";
    } catch (CancellationException cancelled) {
      assertRefused(() -> pair.channel().read(one()));
      return "refused";
    }
  }

  // ---- write ----

  @Test
  void a_cancelled_write_refuses_others_and_leaves_reads_alone() throws Exception {
    ChannelPair pair = connect();
    Future<Integer> write = pair.pendingWriteFuture();

    assertTrue(write.cancel(false));
    assertCancelled(write);
    assertRefused(() -> pair.channel().write(one()));
    assertTrue(pair.channel().isOpen());
    pair.peerSends("abc");
    assertEquals("abc", pair.read(3));
  }

  @Test
  void a_write_cancelled_by_force_closes_the_channel() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> read = pair.pendingRead();
    Future<Integer> write = pair.pendingWriteFuture();

    assertTrue(write.cancel(true));
    assertCancelled(write);
    assertFalse(pair.channel().isOpen());
    read.failure(AsynchronousCloseException.class);
  }

  @Test
  void a_write_that_has_completed_cannot_be_cancelled() throws Exception {
    ChannelPair pair = connect();
    Future<Integer> write = pair.channel().write(one());
    Deadline.get(write);

    assertFalse(write.cancel(true));
    assertEquals(1, write.get());
    assertEquals("\0", pair.peerReceives(1));
    pair.assertWorks();
  }

  // ---- connect ----

  @Test
  void a_cancelled_connect_refuses_reads_writes_and_connects() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    Future<Void> connect = channel.connect(silent());

    assertTrue(connect.cancel(false));
    assertCancelled(connect);
    assertTrue(channel.isOpen());
    assertRefused(() -> channel.read(one()));
    assertRefused(() -> channel.write(one()));
    assertRefused(() -> channel.connect(listenerAddress()));
  }

  @Test
  void a_connect_cancelled_by_force_closes_the_channel() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    Future<Void> connect = channel.connect(silent());

    assertTrue(connect.cancel(true));
    assertCancelled(connect);
    assertFalse(channel.isOpen());
  }

  @Test
  void a_connect_that_has_completed_cannot_be_cancelled() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    Future<Void> connect = channel.connect(listenerAddress());
    Deadline.get(connect);

    assertFalse(connect.cancel(true));
    assertTrue(channel.isOpen());
  }

  @Test
  void a_cancel_that_meets_the_connection_leaves_a_channel_that_works_or_refuses()
      throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      AsynchronousSocketChannel channel = openChannel();
      Future<Void> connect = channel.connect(listenerAddress());
      Tasks.spin(round * 400);
      boolean cancelled = connect.cancel(false);
      try (Socket peer = acceptPeer()) {
        if (cancelled) {
          assertRefused(() -> channel.read(one()));
          assertRefused(() -> channel.write(one()));
        } else {
          Deadline.get(connect);
          new ChannelPair(channel, peer).assertWorks();
        }
      }
      channel.close();
    }
  }

  // ---- accept ----

  @Test
  void a_cancelled_accept_refuses_others() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    Future<AsynchronousSocketChannel> accept = server.accept();

    assertTrue(accept.cancel(false));
    assertCancelled(accept);
    assertTrue(server.isOpen());
    assertRefused(server::accept);
    assertRefused(() -> server.accept(null, new Outcome<>()));
  }

  @Test
  void an_accept_cancelled_by_force_closes_the_channel() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    Future<AsynchronousSocketChannel> accept = server.accept();

    assertTrue(accept.cancel(true));
    assertCancelled(accept);
    assertFalse(server.isOpen());
  }

  @Test
  void an_accept_that_has_completed_cannot_be_cancelled() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    Future<AsynchronousSocketChannel> accept = server.accept();
    Socket client = connectTo(server);
    AsynchronousSocketChannel accepted = closeAfterTest(Deadline.get(accept));

    assertFalse(accept.cancel(true));
    assertTrue(server.isOpen());
    new ChannelPair(accepted, client).assertWorks();
  }

  @Test
  void a_cancel_that_meets_a_connection_leaves_it_to_the_future_or_closes_it() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      AsynchronousServerSocketChannel server = listen();
      Future<AsynchronousSocketChannel> accept = server.accept();
      Socket client = connectTo(server);
      Tasks.spin(round * 1000);
      boolean cancelled = accept.cancel(false);
      if (cancelled) {
        server.close(); // and with it connections in the backlog
        assertEquals(0, BlockingSockets.countToEnd(client));
      } else {
        AsynchronousSocketChannel accepted = Deadline.get(accept);
        new ChannelPair(accepted, client).assertWorks();
        accepted.close();
        server.close();
      }
      client.close();
    }
  }
}
