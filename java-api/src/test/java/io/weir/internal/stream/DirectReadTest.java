package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.internal.channel.DirectBuffers;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import io.weir.testing.Texts;
import java.nio.ByteBuffer;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class DirectReadTest {

  private final ByteBuffer buffer = ByteBuffer.allocateDirect(8192);
  private final PendingRead<Integer> read = PendingRead.into(buffer, "reader");
  private final ByteQueue queue = new ByteQueue(100);

  @Test
  void only_a_large_direct_buffer_is_read_into_directly() {
    assertNotNull(DirectRead.pin(read));
    assertNull(DirectRead.pin(PendingRead.into(ByteBuffer.allocate(8192), "reader")));
    assertNull(DirectRead.pin(PendingRead.into(ByteBuffer.allocateDirect(4095), "reader")));
    assertNotNull(DirectRead.pin(PendingRead.into(ByteBuffer.allocateDirect(4096), "reader")));
    assertNull(DirectRead.pin(PendingRead.ofBytes(ReadFraming.upTo(8192), "reader")));
  }

  @Test
  void a_read_that_was_cancelled_is_not_pinned() {
    read.cancel(false);

    assertNull(DirectRead.pin(read));
  }

  @Test
  void a_transfer_that_was_cancelled_leaves_the_buffer_in_the_pool() {
    DirectBuffers pool = new DirectBuffers();
    ByteBuffer pooled = pool.acquire();
    pool.release(pooled);
    PendingRead<ByteBuffer> transfer = PendingRead.pooled(pool, "reader");
    transfer.cancel(false);

    assertNull(DirectRead.pin(transfer));
    assertSame(pooled, pool.acquire());
  }

  @Test
  void the_bytes_that_the_channel_put_into_the_view_answer_the_read() {
    DirectRead direct = DirectRead.pin(read);
    direct.view().put(Texts.bytes("abc"));

    direct.complete(3, queue);

    assertTrue(read.isClaimed());
    read.run();
    assertEquals(3, Deadline.get(read));
    assertEquals(3, buffer.position());
    assertTrue(queue.isEmpty());
  }

  @Test
  void a_buffer_that_the_program_has_changed_meanwhile_fails_the_read_and_loses_no_byte() {
    DirectRead direct = DirectRead.pin(read);
    direct.view().put(Texts.bytes("abc"));
    buffer.limit(1);

    direct.complete(3, queue);

    read.run();
    Deadline.failure(IllegalArgumentException.class, read);
    assertEquals("abc", Texts.text(queue.take(queue.size())));
  }

  @Test
  void a_read_that_is_released_waits_on_and_can_be_cancelled() {
    DirectRead direct = DirectRead.pin(read);
    assertTrue(read.isPinned());

    direct.release();

    assertFalse(read.isPinned());
    assertTrue(read.isUndecided());
    assertTrue(read.cancel(false));
  }

  @Test
  void an_owner_that_cancels_a_pinned_read_waits_for_the_release() {
    DirectRead direct = DirectRead.pin(read);
    Future<Boolean> cancelled = Tasks.start(() -> read.cancel(false));
    Tasks.spin(2_000_000);
    assertFalse(cancelled.isDone());

    direct.release();

    assertTrue(Deadline.get(cancelled));
  }

  @Test
  void an_owner_that_cancels_a_pinned_read_is_too_late_when_bytes_come() {
    DirectRead direct = DirectRead.pin(read);
    Future<Boolean> cancelled = Tasks.start(() -> read.cancel(false));
    direct.view().put(Texts.bytes("abc"));

    direct.complete(3, queue);

    assertFalse(Deadline.get(cancelled));
    read.run();
    assertEquals(3, Deadline.get(read));
  }
}
