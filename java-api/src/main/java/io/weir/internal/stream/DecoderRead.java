package io.weir.internal.stream;

import io.weir.Decoded;
import io.weir.Decoder;
import io.weir.IncompleteReadException;
import io.weir.internal.concurrent.StreamFuture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A read of the value that a decoder finds. The decoder is code of the program, so it looks at the
 * bytes outside the lock. The bytes of the value are taken under the lock, if no other read has
 * taken any. Meanwhile the read stays pending.
 *
 * <pre>
 *            wake(): enough bytes, or end of stream
 *   RESTING ------------------------------------&gt; LOOKING --a value, a failure--&gt; claimed
 *      ^                                             |
 *      +---------------- rest(): more is needed -----+
 * </pre>
 *
 * @param <V> the type of the decoder's values
 * @param <T> the type of the future's value
 */
final class DecoderRead<V extends @Nullable Object, T extends @Nullable Object>
    extends PendingRead<T> {

  /** What a look sees: all buffered bytes, and how the stream has ended. */
  record View(ByteBuffer bytes, int size, @Nullable StreamEnd end, long version) {

    static View of(ByteQueue queue) {
      return new View(queue.look(), queue.size(), queue.end(), queue.version());
    }

    boolean isAtEof() {
      return end != null && end.isEof();
    }
  }

  private enum Purpose {
    TAKE,
    WAIT
  }

  private enum Activity {
    LOOKING,
    RESTING
  }

  private final Consumer<DecoderRead<?, ?>> goOn;
  private final Decoder<V> decoder;
  private final Function<Decoded<V>, T> answerOf;
  private final Purpose purpose;

  // Of the one thread that looks.
  private @Nullable Decoded<V> found;

  /** What the decoder has thrown. A field, because a full stack has no room for a call. */
  @Nullable Throwable refusal;

  private int seen; // bytes

  // Guarded by the lock.
  private int needed; // bytes, for the next look
  private Activity activity = Activity.LOOKING;

  private DecoderRead(
      Consumer<DecoderRead<?, ?>> goOn,
      Decoder<V> decoder,
      Function<Decoded<V>, T> answerOf,
      Purpose purpose,
      Object reader) {
    super(reader);
    this.goOn = goOn;
    this.decoder = decoder;
    this.answerOf = answerOf;
    this.purpose = purpose;
  }

  /**
   * Creates a read that takes the bytes of a value.
   *
   * @param goOn looks again when enough bytes have arrived
   */
  static <V extends @Nullable Object, T extends @Nullable Object> DecoderRead<V, T> of(
      Consumer<DecoderRead<?, ?>> goOn,
      Decoder<V> decoder,
      Function<Decoded<V>, T> answerOf,
      Object reader) {
    return new DecoderRead<>(goOn, decoder, answerOf, Purpose.TAKE, reader);
  }

  /** Creates a read that waits for a value, and takes nothing. */
  static <V extends @Nullable Object> DecoderRead<V, @Nullable Void> whenReady(
      Consumer<DecoderRead<?, ?>> goOn, Decoder<V> decoder, Object reader) {
    return new DecoderRead<>(goOn, decoder, value -> null, Purpose.WAIT, reader);
  }

  // ---- outside the lock ----

  /** Calls the decoder. Whatever it throws is its answer. */
  void look(View view) {
    found = null;
    refusal = null;
    try {
      found = Decoding.decode(decoder, view.bytes(), Math.min(seen, view.size()), view.isAtEof());
    } catch (Throwable thrown) {
      refusal = thrown;
    }
  }

  /** Continues: completes the future, or looks again. */
  @Override
  public void run() {
    if (isClaimed()) {
      super.run();
    } else {
      goOn.accept(this);
    }
  }

  /** Returns what was found, or null after a cancellation; throws what was thrown. */
  @Nullable Decoded<V> outcome() throws IOException {
    if (failure != null) {
      throw StreamFuture.thrown(failure);
    }
    return isUndecided() || isClaimed() ? found : null;
  }

  // ---- under the lock ----

  /** Whether the look has decided the read: a value, a refusal, or the end before a value. */
  boolean isDecided(View view) {
    return refusal != null || Objects.requireNonNull(found).isComplete() || view.end() != null;
  }

  /** Whether enough bytes have arrived during the look for another one. */
  boolean isReadyAgain(ByteQueue queue, View view) {
    seen = view.size();
    needed = Math.addExact(seen, Objects.requireNonNull(found).missing());
    return isReady(queue);
  }

  /** Forgets what was seen: other reads have taken bytes. */
  void beginAgain() {
    seen = 0;
  }

  /** Ends the look; the read waits. */
  void rest() {
    activity = Activity.RESTING;
  }

  /** Starts a look, if enough bytes have arrived or the stream has ended. */
  boolean wake(ByteQueue queue) {
    if (activity == Activity.LOOKING || !isUndecided() || !isReady(queue)) {
      return false;
    }
    activity = Activity.LOOKING;
    return true;
  }

  /** While the decoder looks, or waits for a busy executor, the bytes are there. */
  @Override
  boolean lacksBytes() {
    return activity == Activity.RESTING && isUndecided();
  }

  @Override
  boolean isReady(ByteQueue queue) {
    return queue.end() != null || queue.size() >= needed;
  }

  @Override
  void takeFrom(ByteQueue queue) {
    if (purpose == Purpose.WAIT) {
      return; // the caller polls for the value, if it still wants it
    }
    try {
      takeValue(queue);
    } catch (StackOverflowError full) {
      failure = full;
      throw full;
    } catch (Throwable failed) { // no memory
      failure = failed;
    }
  }

  private void takeValue(ByteQueue queue) {
    Decoded<V> value = found;
    if (refusal instanceof IOException invalid) {
      failure = queue.failing(invalid);
    } else if (refusal != null) {
      failure = refusal;
    } else if (value != null && value.isComplete()) {
      answer(answerOf.apply(value));
      queue.drop(value.consumed());
    } else {
      failure = endOf(queue);
    }
  }

  /** Returns the failure for a stream that has ended before the value is complete. */
  private IOException endOf(ByteQueue queue) {
    StreamEnd end = Objects.requireNonNull(queue.end());
    if (end.error() != null) {
      return end.error();
    }
    int expected = Math.addExact(queue.size(), Objects.requireNonNull(found).missing());
    return queue.failing(new IncompleteReadException(queue.take(queue.size()), expected));
  }

  @Override
  int expectedSize() {
    return needed;
  }

  @Override
  public String toString() {
    return "a value by " + decoder;
  }
}
