package io.weir.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionLostException;
import io.weir.StreamWriter;
import io.weir.testing.BlockingSockets;
import io.weir.testing.CapturedLog;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class WriteFaultsTest {

  private static final int MIB = 1024 * 1024;

  /** More than two sockets buffer. */
  private static final int MUCH = 32 * MIB;

  // ---- F27 ----

  @Test
  void F27_drain_waits_for_a_peer_that_never_reads() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<?> drain = writeMuch(pair.writer());

      assertFalse(drain.isDone());
      long queued = pair.writer().transport().getWriteBufferSize();
      assertTrue(queued > 0 && queued <= MUCH, "queued " + queued);
    }
  }

  @Test
  void F27_closing_waits_for_a_peer_that_never_reads_and_abort_is_the_way_out() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<?> drain = writeMuch(pair.writer());
      pair.writer().close();
      CompletableFuture<?> closed = pair.writer().waitClosed();
      assertFalse(closed.isDone());
      pair.writer().transport().abort();

      Deadline.get(closed);
      ConnectionLostException lost = Deadline.failure(ConnectionLostException.class, drain);
      assertTrue(lost.getMessage().contains("closed on this side"), lost.getMessage());
      assertTrue(pair.writer().closeReason().unsent() > 0);
      assertTrue(BlockingSockets.countToEnd(pair.peer().socket()) < MUCH);
    }
  }

  @Test
  void F27_a_peer_that_reads_after_all_gets_everything() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<?> drain = writeMuch(pair.writer());
      pair.writer().close();
      Future<Integer> reading = Tasks.start(() -> BlockingSockets.countToEnd(pair.peer().socket()));

      Deadline.failure(ConnectionLostException.class, drain);
      assertEquals(MUCH, Deadline.get(reading));
      Deadline.get(pair.writer().waitClosed());
    }
  }

  @Test
  void F27_a_peer_that_does_not_read_does_not_keep_us_from_reading() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<?> drain = writeMuch(pair.writer());
      pair.peer().send(new byte[] {1, 2, 3});

      assertEquals(3, Deadline.get(pair.reader().readExactly(3)).length);
      assertFalse(drain.isDone());
    }
  }

  // ---- F28 ----

  @Test
  void F28_a_reset_with_writes_queued_is_told_by_drain_and_waitClosed() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open();
        CapturedLog log = new CapturedLog()) {
      CompletableFuture<?> drain = writeMuch(pair.writer());
      CompletableFuture<?> another = pair.writer().drain();
      CompletableFuture<?> closed = pair.writer().waitClosed();
      pair.peer().reset();

      assertNotNull(Deadline.failure(ConnectionLostException.class, drain).getCause());
      Deadline.failure(ConnectionLostException.class, another);
      Deadline.failure(ConnectionLostException.class, closed);
      assertTrue(pair.writer().isClosing());
      assertEquals(0, pair.writer().transport().getWriteBufferSize());
      for (int i = 0; i < 10; i++) {
        pair.writer().write(new byte[100]);
      }
      assertEquals(0, pair.writer().transport().getWriteBufferSize());
      Deadline.failure(ConnectionLostException.class, pair.writer().drain());
      Deadline.failure(ConnectionLostException.class, pair.writer().waitClosed());
      assertEquals(1, log.messages().size(), log.messages()::toString);
    }
  }

  @Test
  void F28_a_reset_while_closing_with_writes_queued_is_told_by_waitClosed() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<?> drain = writeMuch(pair.writer());
      pair.writer().close();
      CompletableFuture<?> closed = pair.writer().waitClosed();
      pair.peer().reset();

      Deadline.failure(ConnectionLostException.class, drain);
      Deadline.failure(ConnectionLostException.class, closed);
    }
  }

  @Test
  void F28_a_peer_that_closes_with_our_bytes_unread_is_told() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<?> drain = writeMuch(pair.writer());
      InputStream in = pair.peer().socket().getInputStream();
      assertTrue(in.read() >= 0);
      pair.peer().close();

      Deadline.failure(ConnectionLostException.class, drain);
      Deadline.failure(ConnectionLostException.class, pair.writer().waitClosed());
    }
  }

  private static CompletableFuture<?> writeMuch(StreamWriter writer) {
    for (int i = 0; i < MUCH / MIB; i++) {
      writer.write(new byte[MIB]);
    }
    return writer.drain();
  }
}
