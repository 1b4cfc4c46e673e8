package io.weir.internal.stream;

import static io.weir.testing.Texts.noise;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.ConnectionLostException;
import io.weir.MemoryStreams;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Aborts by another thread, while bytes are written to a peer that reads. */
class AbortedWriteTest {

  private static final int SIZE = 16 * 1024 * 1024;
  private static final int ROUNDS = 100;
  private static final int STEP_NANOS = 100_000;

  private static long unsentAfterAbort(StreamWriter writer) {
    writer.transport().abort();
    Deadline.get(writer.waitClosed());
    return writer.closeReason().unsent();
  }

  @Test
  void of_a_socket_leaves_unsent_what_the_peer_does_not_receive() {
    byte[] data = noise(SIZE, 1);
    for (int round = 0; round < ROUNDS; round++) {
      try (ConnectedPair connected = ConnectedPair.open()) {
        connected.writer().write(data);
        Future<Integer> received = Tasks.start(() -> connected.peer().receiveAll().length);
        Tasks.spin(round * STEP_NANOS);

        long unsent = unsentAfterAbort(connected.writer());

        assertEquals(SIZE, Deadline.get(received) + unsent, "in round " + round);
      }
    }
  }

  @Test
  void of_a_pair_in_memory_leaves_unsent_what_the_peer_does_not_receive() {
    byte[] data = noise(SIZE, 2);
    for (int round = 0; round < ROUNDS; round++) {
      MemoryStreams.Pair pair = MemoryStreams.pair();
      pair.first().writer().write(data);
      Future<Long> received =
          Tasks.start(() -> readToLoss(pair.second().reader(), AbortedWriteTest::assertLost));
      Tasks.spin(round * STEP_NANOS);

      long unsent = unsentAfterAbort(pair.first().writer());

      assertEquals(SIZE, Deadline.get(received) + unsent, "in round " + round);
    }
  }

  private static void assertLost(Throwable failure) {
    assertEquals(ConnectionLostException.class, failure.getClass());
  }

  /** Reads until a read fails, and checks the failure. Returns the number of bytes. */
  static long readToLoss(StreamReader reader, Consumer<Throwable> check) {
    long total = 0;
    ByteBuffer buffer = ByteBuffer.allocate(StreamReader.DEFAULT_LIMIT);
    while (true) {
      try {
        total += reader.read(buffer.clear()).join();
      } catch (CompletionException lost) {
        check.accept(lost.getCause());
        return total;
      }
    }
  }
}
