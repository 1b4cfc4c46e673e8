package io.weir.internal.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Texts;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Where ciphertext waits: {@link CiphertextInput}, {@link CiphertextOutput} and {@link BufferPool}.
 */
class CiphertextBuffersTest {

  private final CiphertextInput incoming = new CiphertextInput(ByteBuffer::allocate);
  private final BufferPool pool = new BufferPool();
  private final CiphertextOutput outgoing = new CiphertextOutput(pool);

  private void land(byte[] bytes) {
    ByteBuffer room = incoming.room();
    room.put(bytes);
    incoming.received(bytes.length);
  }

  // ---- incoming ----

  @Test
  void the_first_record_is_shown_without_the_bytes_after_it() {
    land(new byte[] {23, 3, 3, 0, 2, 'a', 'b', 23, 3, 3, 0, 1, 'c'});

    ByteBuffer first = incoming.firstRecord();
    assertEquals(7, first.remaining());
    first.position(first.limit());
    incoming.endOfRecord();

    assertEquals(6, incoming.content().remaining());
    assertEquals(6, incoming.firstRecord().remaining());
    incoming.endOfRecord();
    assertTrue(incoming.hasRecord());
  }

  @Test
  void an_incomplete_first_record_is_shown_as_far_as_it_is_there() {
    land(new byte[] {23, 3, 3, 0, 9, 'a'});
    assertEquals(6, incoming.firstRecord().remaining());
    incoming.endOfRecord();
    assertFalse(incoming.hasRecord());

    incoming.clear();
    land(new byte[] {23, 3});
    assertEquals(2, incoming.firstRecord().remaining());
  }

  @Test
  void the_largest_buffer_takes_four_of_the_largest_records_and_little_more() {
    int record = 5 + (1 << 14) + 1 + 16; // header, data, type, tag
    assertTrue(CiphertextInput.MAX_SIZE >= 4 * record);
    assertTrue(CiphertextInput.MAX_SIZE < 4 * record + record / 4);
  }

  @Test
  void a_record_may_exceed_a_buffer_that_is_smaller_than_its_body_without_the_tag() {
    land(ByteBuffer.allocate(5 + 116).put(new byte[] {23, 3, 3, 0, 116}).array());

    assertTrue(incoming.firstExceeds(99));
    assertFalse(incoming.firstExceeds(100));
  }

  @Test
  void what_lands_comes_out_in_order_however_it_is_taken() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    ByteArrayOutputStream in = new ByteArrayOutputStream();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int round = 0; round < 20_000; round++) {
      ByteBuffer room = incoming.room();
      assertTrue(room.hasRemaining(), "seed " + seed);
      byte[] bytes = new byte[1 + random.nextInt(room.remaining())];
      random.nextBytes(bytes);
      room.put(bytes);
      in.writeBytes(bytes);
      incoming.received(bytes.length);
      ByteBuffer content = incoming.content();
      boolean few = content.remaining() < 40_000 && random.nextBoolean();
      byte[] taken = new byte[few ? random.nextInt(content.remaining() + 1) : content.remaining()];
      content.get(taken);
      out.writeBytes(taken);
    }
    byte[] rest = new byte[incoming.content().remaining()];
    incoming.content().get(rest);
    out.writeBytes(rest);

    assertEquals(Texts.text(in.toByteArray()), Texts.text(out.toByteArray()), "seed " + seed);
  }

  @Test
  void the_room_is_small_at_first_grows_with_the_traffic_and_shrinks_again() {
    assertEquals(CiphertextInput.MIN_SIZE, incoming.room().remaining());
    for (int i = 0; i < 10; i++) {
      land(new byte[incoming.room().remaining()]);
      incoming.content().position(incoming.content().limit());
    }
    assertEquals(CiphertextInput.MAX_SIZE, incoming.room().remaining());
    for (int i = 0; i < 10; i++) {
      land(new byte[10]);
      incoming.content().position(incoming.content().limit());
    }

    assertEquals(CiphertextInput.MIN_SIZE, incoming.room().remaining());
  }

  @Test
  void there_is_always_room_for_the_rest_of_a_record() {
    for (int i = 0; i < 7; i++) {
      land(new byte[incoming.room().remaining()]); // and nothing is taken
    }

    assertTrue(incoming.room().hasRemaining());
    assertTrue(incoming.content().remaining() > CiphertextInput.MAX_SIZE);
  }

  @Test
  void what_is_forgotten_is_gone_and_there_is_room_again() {
    land(Texts.bytes("secret"));
    incoming.clear();
    assertFalse(incoming.content().hasRemaining());
    land(Texts.bytes("next"));

    byte[] next = new byte[4];
    incoming.content().get(next);
    assertEquals("next", Texts.text(next));
  }

  // ---- outgoing ----

  @Test
  void it_is_filled_then_sent_as_a_whole_and_more_goes_into_another_buffer() {
    assertTrue(outgoing.isEmpty());
    outgoing.room(10).put(Texts.bytes("ab"));
    outgoing.room(10).put(Texts.bytes("cd"));
    assertFalse(outgoing.isEmpty());
    assertTrue(outgoing.hasRoom(BufferPool.SIZE - 4));
    assertFalse(outgoing.hasRoom(BufferPool.SIZE - 3));

    ByteBuffer content = outgoing.content();
    outgoing.room(10).put(Texts.bytes("ef"));

    assertEquals(4, content.remaining());
    assertSame(content, outgoing.content()); // in the middle of sending
    outgoing.sent();
    assertEquals(2, outgoing.content().remaining());
    outgoing.sent();
    assertTrue(outgoing.isEmpty());
    assertTrue(outgoing.hasRoom(1));
  }

  @Test
  void the_data_of_the_records_that_were_sent_as_a_whole_is_known_to_the_byte() {
    for (int data = 1; data <= 4; data++) {
      outgoing.room(100).put(new byte[10 + data]);
      outgoing.added(data);
      outgoing.room(100).put(new byte[5]); // a reply to a key update
    }
    ByteBuffer content = outgoing.content();
    long[] sent = new long[content.limit() + 1];
    long all = 0;
    for (int i = 0; i <= content.limit(); i++) {
      content.position(i);
      all += outgoing.takeDataSent();
      sent[i] = all;
    }

    assertEquals(0, sent[10]);
    assertEquals(1, sent[11]);
    assertEquals(1, sent[11 + 5 + 11]);
    assertEquals(3, sent[11 + 5 + 12]);
    assertEquals(6, sent[content.limit() - 5 - 1]);
    assertEquals(10, sent[content.limit()]);
  }

  @Test
  void bytes_that_the_channel_has_accepted_count_as_the_data_of_whole_records() {
    AcceptedData accepted = outgoing.accepted();
    assertEquals(7, accepted.total(7)); // before TLS
    accepted.start(7);
    sendRecords(3, 4);

    assertEquals(7, accepted.total(7 + 12));
    assertEquals(7 + 3, accepted.total(7 + 13));
    assertEquals(7 + 3 + 4, accepted.total(7 + 27));
    assertEquals(7, accepted.total(-1));

    outgoing.content().position(27);
    outgoing.takeDataSent();
    assertEquals(7 + 3 + 4, accepted.total(-1));
    outgoing.sent();
    assertEquals(7 + 3 + 4, accepted.total(7 + 27));
    sendRecords(5, 6);
    assertEquals(7 + 3 + 4, accepted.total(7 + 27 + 14));
    assertEquals(7 + 3 + 4 + 5, accepted.total(7 + 27 + 15));
  }

  @Test
  void records_that_were_written_before_the_rest_of_their_buffer_was_dropped_count_as_accepted() {
    AcceptedData accepted = outgoing.accepted();
    accepted.start(0);
    ByteBuffer content = sendRecords(3, 4);
    content.position(20);
    outgoing.takeDataSent();
    content.position(25); // by a write that fails
    outgoing.sent();

    assertEquals(3, accepted.total(25));
  }

  private ByteBuffer sendRecords(int... sizes) {
    for (int size : sizes) {
      outgoing.room(100).put(new byte[10 + size]);
      outgoing.added(size);
    }
    return outgoing.content();
  }

  @Test
  void a_buffer_takes_no_more_records_with_data_than_it_remembers() {
    for (int i = 0; i < 8; i++) {
      assertTrue(outgoing.hasRoom(1));
      outgoing.room(1).put((byte) i);
      outgoing.added(1);
    }

    assertFalse(outgoing.hasRoom(1));
  }

  @Test
  void a_buffer_into_which_nothing_was_put_is_nothing_to_send() {
    outgoing.room(10);

    assertTrue(outgoing.isEmpty());
  }

  @Test
  void a_record_larger_than_a_buffer_gets_one_of_its_own_that_is_not_kept() {
    ByteBuffer large = outgoing.room(BufferPool.SIZE + 1);
    assertEquals(BufferPool.SIZE + 1, large.remaining());
    outgoing.sent();

    assertEquals(BufferPool.SIZE, pool.acquire().bytes.capacity());
  }

  @Test
  void a_buffer_goes_back_to_the_pool_once_and_comes_out_empty() {
    ByteBuffer buffer = outgoing.room(10).put((byte) 1);
    outgoing.content();
    outgoing.sent();
    outgoing.sent();

    assertSame(buffer, pool.acquire().bytes);
    assertEquals(BufferPool.SIZE, buffer.remaining());
    assertNotSame(buffer, pool.acquire().bytes);
  }

  // ---- the pool ----

  @Test
  void the_pool_keeps_a_few_buffers_and_hands_none_to_two() {
    Set<CiphertextBuffer> taken = Collections.newSetFromMap(new IdentityHashMap<>());
    for (int i = 0; i < 100; i++) {
      assertTrue(taken.add(pool.acquire()));
    }
    taken.forEach(pool::release);
    int kept = 0;
    for (int i = 0; i < 100; i++) {
      kept += taken.contains(pool.acquire()) ? 1 : 0;
    }

    assertTrue(kept > 0 && kept < 100, "kept: " + kept);
  }
}
