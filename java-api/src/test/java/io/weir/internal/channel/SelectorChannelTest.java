package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.Tasks;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag(Multiplicity.TAG)
class SelectorChannelTest {

  private static final int ROUNDS = Multiplicity.rounds(4_000);
  private static final int MAX_DELAY = 20_000; // nanoseconds

  /** The key of a channel that is being closed becomes invalid at any moment. */
  @Test
  void a_read_that_begins_while_the_channel_is_closed_is_told_so_and_does_not_throw()
      throws Exception {
    Random random = new Random();
    AsyncServerChannel server = SelectorSockets.listenOnTcp();
    for (int round = 0; round < ROUNDS; round++) {
      RecordingHandler<AsyncByteChannel> accepted = RecordingHandler.by(server::accept);
      AsyncByteChannel ours = SelectorSockets.connectTcp(server);
      AtomicBoolean together = new AtomicBoolean();
      int delay = random.nextInt(MAX_DELAY);
      Future<?> aborting =
          Tasks.start(
              () -> {
                together.set(true);
                Tasks.spin(delay);
                ours.abort();
                return null;
              });
      while (!together.get()) {
        Thread.onSpinWait();
      }
      Tasks.spin(random.nextInt(MAX_DELAY));
      RecordingHandler<Integer> read = RecordingHandler.byRead(ours, ByteBuffer.allocate(1));
      Deadline.get(aborting);
      assertInstanceOf(ClosedChannelException.class, read.failure());
      accepted.value().abort();
    }
    server.close();
  }
}
