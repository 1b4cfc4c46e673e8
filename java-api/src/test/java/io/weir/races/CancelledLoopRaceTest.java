package io.weir.races;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.Decoder;
import io.weir.Decoders;
import io.weir.MemoryStreams;
import io.weir.StreamReader;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.Tasks;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Loops over a reader that are cancelled at any moment take nothing afterwards. */
@Tag(Multiplicity.TAG)
class CancelledLoopRaceTest {

  private static final int ROUNDS = Multiplicity.rounds(20_000);

  private static final Decoder<Integer> INT = Decoders.int32(ByteOrder.BIG_ENDIAN);

  private enum Loop {
    CHUNKS,
    VALUES,
    PUBLISHER,
    TRANSFER;

    CompletableFuture<?> start(StreamReader reader, Taken taken) {
      return switch (this) {
        case CHUNKS -> reader.forEachChunk(4, chunk -> taken.add(ByteBuffer.wrap(chunk).getInt()));
        case VALUES -> reader.forEach(INT, taken::add);
        case PUBLISHER -> {
          Subscriber subscriber = new Subscriber(taken);
          reader.asPublisher(INT).subscribe(subscriber);
          yield subscriber.cancelled;
        }
        case TRANSFER -> {
          MemoryStreams.Pair pair = MemoryStreams.pair();
          pair.second().reader().forEach(INT, taken::add);
          yield reader.transferTo(pair.first().writer());
        }
      };
    }
  }

  /** Requests everything, and is cancelled by a future. */
  private static final class Subscriber implements Flow.Subscriber<Integer> {

    final CompletableFuture<Void> cancelled = new CompletableFuture<>();
    private final Taken taken;

    Subscriber(Taken taken) {
      this.taken = taken;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      cancelled.whenComplete((nothing, error) -> subscription.cancel());
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Integer value) {
      taken.add(value);
    }

    @Override
    public void onError(Throwable error) {
      throw new AssertionError(error);
    }

    @Override
    public void onComplete() {}
  }

  /** What a loop has taken. */
  private static final class Taken {

    private final ConcurrentLinkedQueue<Integer> values = new ConcurrentLinkedQueue<>();

    CompletableFuture<Void> add(int value) {
      values.add(value);
      return CompletableFuture.completedFuture(null);
    }
  }

  @ParameterizedTest
  @EnumSource
  void what_is_read_after_the_cancellation_comes_behind_what_the_loop_has_taken(Loop loop) {
    StreamReader reader = StreamReader.handFed(1 << 20);
    AtomicBoolean done = new AtomicBoolean();
    Future<Boolean> feeder =
        Tasks.start(
            () -> {
              int next = 0;
              while (!done.get()) {
                reader.feedData(ByteBuffer.allocate(4).putInt(next++).array());
                Tasks.spin(1_000);
              }
              return true;
            });
    List<Taken> taken = new ArrayList<>();
    List<Integer> mine = new ArrayList<>();
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Taken ofRound = new Taken();
      CompletableFuture<?> running = loop.start(reader, ofRound);
      Tasks.spin(round % 40 * 100);
      running.cancel(false);
      CompletableFuture<byte[]> read = reader.readExactly(4);
      if (read.handle((v, e) -> e).getNow(null) instanceof IllegalStateException) {
        refused++;
        continue;
      }
      mine.add(ByteBuffer.wrap(Deadline.get(read)).getInt());
      taken.add(ofRound);
    }
    done.set(true);
    Deadline.get(feeder);
    int late = 0;
    for (int i = 0; i < mine.size(); i++) {
      int own = mine.get(i);
      late += (int) taken.get(i).values.stream().filter(value -> value > own).count();
    }
    assertEquals("0 late, 0 refused", late + " late, " + refused + " refused");
  }
}
