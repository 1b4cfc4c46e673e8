package io.weir.internal.stream;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.noise;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class WriteQueueTest {

  private final WriteQueue queue = new WriteQueue();

  private static ByteBuffer of(String content) {
    return ByteBuffer.wrap(bytes(content));
  }

  /** Takes everything as a channel does that takes so many bytes at a time. */
  private byte[] takeAll(int atATime) {
    ByteArrayOutputStream taken = new ByteArrayOutputStream();
    while (!queue.isEmpty()) {
      queue.written(take(queue.fillBatch(), atATime, taken));
    }
    assertEquals(0, queue.size());
    return taken.toByteArray();
  }

  private int take(int batchSize, int atATime, ByteArrayOutputStream to) {
    int left = atATime;
    for (int i = 0; i < batchSize; i++) {
      ByteBuffer chunk = queue.batch()[i];
      byte[] part = new byte[Math.min(left, chunk.remaining())];
      chunk.get(part);
      to.writeBytes(part);
      left -= part.length;
    }
    return atATime - left;
  }

  @Test
  void what_is_added_first_comes_before_all_others_in_its_own_order() {
    queue.addSmall(of("fourth;"));
    queue.addAll(List.of(of("fifth;")));

    queue.addAllFirst(List.of(of("first;"), of("second;"), of("third;")));
    queue.addSmall(of("sixth"));

    assertEquals("first;second;third;fourth;fifth;sixth".length(), queue.size());
    assertEquals("first;second;third;fourth;fifth;sixth", text(takeAll(5)));
  }

  @Test
  void nothing_added_first_changes_nothing() {
    queue.addAllFirst(List.of());
    assertTrue(queue.isEmpty());
    queue.addSmall(of("one"));
    queue.addAllFirst(List.of());

    assertEquals("one", text(takeAll(100)));
  }

  @Test
  void what_is_small_goes_behind_what_was_added_first_to_an_empty_queue() {
    byte[] large = noise(3 * WriteQueue.MAX_CHUNK + 1, 1);
    queue.addAllFirst(WriteQueue.copyOf(ByteBuffer.wrap(large)));
    queue.addSmall(of("small"));

    byte[] all = takeAll(10_000);
    assertEquals(large.length + 5, all.length);
    assertArrayEquals(large, Arrays.copyOf(all, large.length));
    assertEquals("small", text(all).substring(large.length));
  }
}
