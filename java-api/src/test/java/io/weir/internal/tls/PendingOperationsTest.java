package io.weir.internal.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
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
  void a_write_without_waiting_returns_what_was_sent_and_the_next_write_sends_the_rest()
      throws Exception {
    int now = pending.writeNow(src, () -> events.post(this::encryptAllAndSend40));
    assertEquals(40, now);
    assertEquals(40, src.position());
    assertEquals(List.of(), written);

    write();
    events.post(pending::resumedWrite);
    assertEquals(100, src.position()); // all is encrypted
    events.post(() -> pending.sent(60));
    assertEquals(List.of(60L), written);
    assertEquals(100, src.position());
  }

  private void encryptAllAndSend40() {
    encryptAll();
    pending.sent(40);
  }

  @Test
  void a_write_without_waiting_that_sends_nothing_leaves_the_buffer_as_it_was() throws Exception {
    assertEquals(0, pending.writeNow(src, this::encryptAll));

    assertEquals(0, src.position());
    assertNull(pending.write());
    write();
    events.post(() -> pending.sent(100));
    assertEquals(List.of(100L), written);
  }

  @Test
  void a_write_without_waiting_throws_its_failure_and_leaves_the_buffer_as_it_was() {
    IOException broken = new IOException("broken");
    Runnable pump =
        () -> {
          encryptAll();
          pending.failWrite(broken);
        };

    assertSame(broken, assertThrows(IOException.class, () -> pending.writeNow(src, pump)));
    assertEquals(0, src.position());
  }

  @Test
  void a_write_without_waiting_does_nothing_while_events_run() {
    List<Integer> counts = new ArrayList<>();
    events.post(
        () -> {
          try {
            counts.add(pending.writeNow(src, this::encryptAll));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });

    assertEquals(List.of(0), counts);
    assertEquals(0, src.position());
    assertNull(pending.write());
  }

  @Test
  void bytes_that_are_sent_while_no_write_is_pending_complete_a_write_that_would_fail()
      throws Exception {
    assertEquals(0, pending.writeNow(src, this::encryptAll));
    events.post(() -> pending.sent(40));

    write();
    events.post(() -> pending.failTransfers(new IOException("broken")));

    assertEquals(List.of(40L), written);
    assertEquals(40, src.position());
  }

  @Test
  void a_write_without_waiting_keeps_no_buffer_when_its_event_and_its_failure_fail()
      throws Exception {
    EventQueue failing = new EventQueue(failure -> {});
    PendingOperations out = new PendingOperations(failing);

    int count =
        out.writeNow(
            src,
            () -> {
              src.position(60);
              throw new OutOfMemoryError("a test");
            });

    assertEquals(0, count);
    assertEquals(0, src.position());
    assertNull(out.write());
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
