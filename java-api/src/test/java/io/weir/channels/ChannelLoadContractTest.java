package io.weir.channels;

import static io.weir.testing.Texts.noise;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Many bytes, and many threads, over one channel. */
@ParameterizedClass
@MethodSource("io.weir.channels.ChannelGroups#opened")
class ChannelLoadContractTest extends ChannelContract {

  private static final int VOLUME = 64 * 1024 * 1024;
  private static final int MAX_BUFFER = 256 * 1024;
  private static final int THREADS = 4;
  private static final int OF_EACH = 500;

  /** Connects two channels of the group. */
  private List<AsynchronousSocketChannel> connectBoth() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    Future<AsynchronousSocketChannel> accept = server.accept();
    AsynchronousSocketChannel client = openChannel();
    Deadline.get(client.connect(server.getLocalAddress()));
    return List.of(client, closeAfterTest(Deadline.get(accept)));
  }

  @Test
  void large_transfers_arrive_unchanged() throws Exception {
    long seed = System.nanoTime();
    byte[] sent = noise(groups.isFixed() ? VOLUME : VOLUME / 8, seed);
    List<AsynchronousSocketChannel> ends = connectBoth();
    Sender sender = new Sender(ends.get(0), sent, new Random(seed));
    Receiver receiver = new Receiver(ends.get(1), sent.length, new Random(seed + 1));
    receiver.start();
    sender.start();

    assertEquals(0, sender.done.value());
    assertEquals(0, receiver.done.value());
    assertTrue(Arrays.equals(sent, receiver.received), () -> "seed " + seed);
  }

  /** Returns a buffer of some kind for a part of an array, from a position on. */
  private static ByteBuffer buffer(byte[] bytes, int position, Random random) {
    int size = 1 + random.nextInt(MAX_BUFFER);
    return ByteBuffer.wrap(bytes, position, Math.min(size, bytes.length - position));
  }

  private static final class Sender {

    private final AsynchronousSocketChannel channel;
    private final byte[] bytes;
    private final Random random;
    final Outcome<Integer> done = new Outcome<>();
    private int position;

    Sender(AsynchronousSocketChannel channel, byte[] bytes, Random random) {
      this.channel = channel;
      this.bytes = bytes;
      this.random = random;
    }

    void start() {
      ByteBuffer first = buffer(bytes, position, random);
      ByteBuffer second = buffer(bytes, first.limit(), random);
      channel.write(
          new ByteBuffer[] {first, second},
          0,
          2,
          0,
          java.util.concurrent.TimeUnit.SECONDS,
          null,
          Handlers.<Long>of(
              (count, error) -> {
                if (error != null) {
                  done.failed(error, null);
                  return;
                }
                position += count.intValue();
                if (position < bytes.length) {
                  start();
                } else {
                  done.completed(0, null);
                }
              }));
    }
  }

  private static final class Receiver {

    private final AsynchronousSocketChannel channel;
    private final byte[] received;
    private final Random random;
    final Outcome<Integer> done = new Outcome<>();
    private int position;

    Receiver(AsynchronousSocketChannel channel, int size, Random random) {
      this.channel = channel;
      this.received = new byte[size];
      this.random = random;
    }

    void start() {
      channel.read(
          buffer(received, position, random),
          null,
          Handlers.<Integer>of(
              (count, error) -> {
                if (error != null || count <= 0) {
                  done.failed(new AssertionError(count + " bytes", error), null);
                  return;
                }
                position += count;
                if (position < received.length) {
                  start();
                } else {
                  done.completed(0, null);
                }
              }));
    }
  }

  @Test
  void futures_in_both_directions_at_the_same_time_lose_nothing() throws Exception {
    List<AsynchronousSocketChannel> ends = connectBoth();
    byte[] there = noise(2 * 1024 * 1024, 1);
    byte[] back = noise(2 * 1024 * 1024, 2);
    List<Future<?>> writing =
        List.of(
            Tasks.start(() -> write(ends.get(0), there)),
            Tasks.start(() -> write(ends.get(1), back)));
    Future<byte[]> atTheServer = Tasks.start(() -> read(ends.get(1), there.length));

    assertArrayEquals(back, read(ends.get(0), back.length));
    assertArrayEquals(there, Deadline.get(atTheServer));
    writing.forEach(Deadline::get);
  }

  private static Void write(AsynchronousSocketChannel channel, byte[] bytes) {
    Random random = new Random(bytes.length);
    int position = 0;
    while (position < bytes.length) {
      position += Deadline.get(channel.write(buffer(bytes, position, random)));
    }
    return null;
  }

  private static byte[] read(AsynchronousSocketChannel channel, int size) {
    Random random = new Random(size + 1);
    byte[] bytes = new byte[size];
    int position = 0;
    while (position < size) {
      position += Deadline.get(channel.read(buffer(bytes, position, random)));
    }
    return bytes;
  }

  @Test
  void threads_that_use_one_channel_at_the_same_time_lose_and_repeat_nothing() throws Exception {
    List<AsynchronousSocketChannel> ends = connectBoth();
    AtomicLong sum = new AtomicLong();
    List<Future<?>> tasks = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      byte value = (byte) (i + 1);
      tasks.add(Tasks.start(() -> writeOften(ends.get(0), value)));
      tasks.add(Tasks.start(() -> readOften(ends.get(1), sum)));
    }
    tasks.forEach(Deadline::get);

    assertEquals(OF_EACH * THREADS * (THREADS + 1) / 2, sum.get());
  }

  /** Writes a byte again and again, whenever no other thread writes. */
  private static Void writeOften(AsynchronousSocketChannel channel, byte value) {
    for (int i = 0; i < OF_EACH; i++) {
      Future<Integer> write = null;
      while (write == null) {
        try {
          write = channel.write(ByteBuffer.wrap(new byte[] {value}));
        } catch (WritePendingException another) {
          Thread.onSpinWait();
        }
      }
      assertEquals(1, Deadline.get(write));
    }
    return null;
  }

  private static Void readOften(AsynchronousSocketChannel channel, AtomicLong sum) {
    for (int i = 0; i < OF_EACH; i++) {
      ByteBuffer buffer = ByteBuffer.allocate(1);
      Future<Integer> read = null;
      while (read == null) {
        try {
          read = channel.read(buffer);
        } catch (ReadPendingException another) {
          Thread.onSpinWait();
        }
      }
      assertEquals(1, Deadline.get(read));
      sum.addAndGet(buffer.get(0));
    }
    return null;
  }
}
