package io.weir.internal.stream;

import static io.weir.testing.Texts.noise;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.StreamReader;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteQueueTest {

  private static final int ROUNDS = 4_000;

  private final Random random = new Random(3);
  private final ByteQueue buffer = new ByteQueue(StreamReader.DEFAULT_LIMIT);
  private final ByteArrayOutputStream added = new ByteArrayOutputStream();
  private final ByteArrayOutputStream taken = new ByteArrayOutputStream();

  /** Much and little come in turns, so that the buffer grows and shrinks, and is often empty. */
  @ParameterizedTest
  @ValueSource(ints = {10, 3_000, 200_000})
  void what_comes_in_by_any_way_goes_out_by_any_way_unchanged(int most) {
    for (int round = 0; round < ROUNDS; round++) {
      int size = 1 + random.nextInt(random.nextInt(8) == 0 ? most : 100);
      add(noise(size, round));
      if (random.nextInt(3) > 0) {
        takeSome();
      }
      assertEquals(added.size() - taken.size(), buffer.size());
    }
    taken.writeBytes(buffer.take(buffer.size()));
    assertArrayEquals(added.toByteArray(), taken.toByteArray());
  }

  private void add(byte[] data) {
    int count = data.length;
    switch (random.nextInt(4)) {
      case 0 -> buffer.append(ByteBuffer.wrap(data), count * random.nextInt(6));
      case 1 -> buffer.append(ByteBuffer.wrap(data));
      case 2 -> buffer.append(ByteBuffer.allocateDirect(count).put(data).flip());
      default -> {
        ByteBuffer receiveBuffer = buffer.receiveBuffer();
        count = Math.min(count, receiveBuffer.remaining());
        receiveBuffer.put(data, 0, count);
        ByteBuffer left = buffer.received(count);
        if (left != null) {
          buffer.append(left);
        }
      }
    }
    added.write(data, 0, count);
  }

  private void takeSome() {
    int count = random.nextBoolean() ? buffer.size() : random.nextInt(buffer.size() + 1);
    if (random.nextBoolean()) {
      taken.writeBytes(buffer.take(count));
      return;
    }
    ByteBuffer destination = ByteBuffer.allocate(count + random.nextInt(10));
    int moved = buffer.moveTo(destination);
    assertEquals(destination.position(), moved);
    taken.write(destination.array(), 0, moved);
  }
}
