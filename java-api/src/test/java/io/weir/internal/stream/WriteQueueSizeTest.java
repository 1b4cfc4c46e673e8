package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Collections;
import org.junit.jupiter.api.Test;

class WriteQueueSizeTest {

  private static final int CHUNKS = 50_000;

  @Test
  void F34_more_than_2_gib_are_counted_without_overflow() {
    WriteQueue queue = new WriteQueue();
    ByteBuffer chunk = ByteBuffer.allocate(WriteQueue.MAX_CHUNK);
    long all = (long) CHUNKS * WriteQueue.MAX_CHUNK;
    assertTrue(all > Integer.MAX_VALUE);
    for (int i = 0; i < CHUNKS; i++) {
      queue.addAll(Collections.singletonList(chunk.duplicate())); // many references to a few bytes
    }
    assertEquals(all, queue.size());

    long written = 0;
    while (!queue.isEmpty()) {
      long count = takeBatch(queue);
      assertTrue(count > 0);
      written += count;
      queue.written(count);
      assertEquals(all - written, queue.size());
    }
    assertEquals(all, written);
  }

  /** Takes the batch as a channel does that takes everything. */
  private static long takeBatch(WriteQueue queue) {
    int batchSize = queue.fillBatch();
    long count = 0;
    for (int i = 0; i < batchSize; i++) {
      ByteBuffer chunk = queue.batch()[i];
      count += chunk.remaining();
      chunk.position(chunk.limit());
    }
    return count;
  }
}
