package io.weir.internal.stream;

import static io.weir.testing.Texts.noise;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectOptions;
import io.weir.StreamWriter;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writes that go to a real socket in the call, of which the kernel takes a part: the peer does not
 * read before it is told to, and the socket's buffer for sending is small.
 */
class DirectWriteTest {

  private static final int LARGE = 4 * 1024 * 1024; // more than the kernel takes

  /** Smaller than anything large, but not so small that each part waits for an acknowledgement. */
  private static final ConnectOptions SMALL_BUFFER =
      ConnectOptions.DEFAULTS.withSocketOption(StandardSocketOptions.SO_SNDBUF, 256 * 1024);

  private static void assertTakenInPart(StreamWriter writer, int size) {
    int queued = (int) writer.transport().getWriteBufferSize();
    assertTrue(queued > 0 && queued < size, () -> queued + " bytes are queued");
  }

  @Test
  void one_that_is_taken_in_part_is_delivered_whole_though_it_is_closed_behind_it() {
    byte[] data = noise(LARGE, 1);
    try (ConnectedPair connected = ConnectedPair.open(SMALL_BUFFER)) {
      connected.writer().write(data);
      assertTakenInPart(connected.writer(), LARGE);
      connected.writer().close();

      assertArrayEquals(data, connected.peer().receiveAll());
      connected.peer().close();
      assertNull(Deadline.get(connected.writer().waitClosed()));
    }
  }

  @Test
  void one_that_is_taken_in_part_is_what_was_there_at_the_call() {
    byte[] data = noise(LARGE, 2);
    for (ByteBuffer written :
        List.of(ByteBuffer.wrap(data.clone()), ByteBuffer.allocateDirect(LARGE).put(0, data))) {
      try (ConnectedPair connected = ConnectedPair.open(SMALL_BUFFER)) {
        connected.writer().write(written);
        assertTakenInPart(connected.writer(), LARGE);
        assertEquals(LARGE, written.position());
        written.clear().put(new byte[LARGE]);

        assertArrayEquals(data, connected.peer().receive(LARGE));
      }
    }
  }

  @Test
  void one_of_the_last_bytes_of_the_largest_buffer_there_is_is_delivered(@TempDir Path folder)
      throws IOException {
    byte[] data = noise(1000, 3);
    ByteBuffer largest = largestBuffer(folder.resolve("sparse"));
    largest.position(largest.limit() - data.length).mark().put(data).reset();
    try (ConnectedPair connected = ConnectedPair.open(SMALL_BUFFER)) {
      connected.writer().write(largest);

      assertArrayEquals(data, connected.peer().receive(data.length));
      assertFalse(connected.writer().isClosing());
    }
  }

  private static ByteBuffer largestBuffer(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.SPARSE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, Integer.MAX_VALUE);
    }
  }

  @Test
  void what_is_written_behind_one_that_is_taken_in_part_follows_it() {
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    try (ConnectedPair connected = ConnectedPair.open(SMALL_BUFFER)) {
      int[] sizes = {LARGE, 1, 100, WriteQueue.SMALL, WriteQueue.SMALL + 1, 3, 300_000, 7};
      for (int size : sizes) {
        byte[] data = noise(size, size);
        connected.writer().write(data);
        expected.writeBytes(data);
      }

      assertArrayEquals(expected.toByteArray(), connected.peer().receive(expected.size()));
    }
  }

  // ---- by several threads ----

  private static final int ROUNDS = 20;
  private static final int THREADS = 4;
  private static final int MESSAGES = 60; // of each thread
  private static final int HEAD = 3 * Integer.BYTES;

  @Test
  void those_of_several_threads_arrive_whole_and_each_threads_in_order() {
    for (int round = 0; round < ROUNDS; round++) {
      try (ConnectedPair connected = ConnectedPair.open(SMALL_BUFFER)) {
        List<Future<Boolean>> writing = new ArrayList<>();
        CountDownLatch start = new CountDownLatch(1);
        for (int thread = 0; thread < THREADS; thread++) {
          Random sizes = new Random(31 * round + thread);
          int id = thread;
          writing.add(Tasks.start(() -> writeAll(connected.writer(), id, sizes, start)));
        }
        start.countDown();
        Deadline.await(
            "the kernel takes no more",
            () -> connected.writer().transport().getWriteBufferSize() > 0);

        receiveAll(connected);
        writing.forEach(Deadline::get);
      }
    }
  }

  private static boolean writeAll(
      StreamWriter writer, int thread, Random sizes, CountDownLatch start)
      throws InterruptedException {
    assertTrue(start.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
    for (int i = 0; i < MESSAGES; i++) {
      writer.write(message(thread, i, sizeOf(sizes)));
      if (sizes.nextInt(4) == 0) {
        Deadline.get(writer.drain());
      }
    }
    return true;
  }

  private static int sizeOf(Random sizes) {
    return switch (sizes.nextInt(8)) {
      case 0 -> sizes.nextInt(400_000);
      case 1, 2 -> sizes.nextInt(20_000);
      default -> sizes.nextInt(200);
    };
  }

  private static byte[] message(int thread, int number, int size) {
    return ByteBuffer.allocate(HEAD + size)
        .putInt(thread)
        .putInt(number)
        .putInt(size)
        .put(noise(size, thread * MESSAGES + number))
        .array();
  }

  private static void receiveAll(ConnectedPair connected) {
    int[] next = new int[THREADS];
    for (int i = 0; i < THREADS * MESSAGES; i++) {
      byte[] head = connected.peer().receive(HEAD);
      ByteBuffer fields = ByteBuffer.wrap(head);
      int thread = fields.getInt();
      int number = fields.getInt();
      int size = fields.getInt();
      assertEquals(next[thread]++, number, () -> "of thread " + thread);
      byte[] body = connected.peer().receive(size);
      byte[] whole = Arrays.copyOf(head, HEAD + body.length);
      System.arraycopy(body, 0, whole, HEAD, body.length);
      assertArrayEquals(message(thread, number, size), whole);
    }
  }
}
