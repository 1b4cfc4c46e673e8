package io.weir.internal.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Writes that complete before all that was encrypted of them has been sent. */
class PendingOperationsTest {

  private final EventQueue events =
      new EventQueue(
          failure -> {
            throw new AssertionError(failure);
          });
  private final PendingOperations pending = new PendingOperations(events);
  private final List<Long> written = new ArrayList<>();

  private final CompletionHandler<Long, @Nullable Void> handler =
      new CompletionHandler<>() {
        @Override
        public void completed(Long count, @Nullable Void attachment) {
          written.add(count);
        }

        @Override
        public void failed(Throwable failure, @Nullable Void attachment) {
          throw new AssertionError(failure);
        }
      };

  private final ByteBuffer src = ByteBuffer.allocate(100);

  private void write() {
    pending.startWrite(new ByteBuffer[] {src}, 1, handler);
  }

  private void encryptAll() {
    PendingOperations.Write write = pending.resumedWrite();
    write.encrypted = src.remaining();
    src.position(src.limit());
  }

  @Test
  void bytes_that_are_sent_before_the_event_of_the_next_write_are_taken_once() {
    write();
    events.post(this::encryptAll);
    events.post(() -> pending.sent(40));
    assertEquals(List.of(40L), written);
    assertEquals(40, src.position());

    write(); // and its event is still to come
    events.post(() -> pending.sent(50));

    assertEquals(List.of(40L, 50L), written);
    assertEquals(90, src.position());
    write();
    events.post(() -> pending.sent(10));
    assertEquals(List.of(40L, 50L, 10L), written);
    assertEquals(100, src.position());
    assertNull(pending.resumedWrite());
  }

  @Test
  void bytes_that_are_sent_while_no_write_is_pending_complete_the_next_one() {
    write();
    events.post(this::encryptAll);
    events.post(() -> pending.sent(40));
    events.post(() -> pending.sent(60));
    assertEquals(List.of(40L), written);

    write();
    events.post(pending::resumedWrite);

    assertEquals(List.of(40L, 60L), written);
    assertEquals(100, src.position());
  }
}
