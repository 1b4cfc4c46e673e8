package io.weir;

import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.TurnLoop;
import io.weir.internal.stream.DecodingInput;
import io.weir.internal.stream.ReadFraming;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads values and calls an action with each, one after another.
 *
 * @param <T> the type of the values
 */
abstract class ReadLoop<T> extends TurnLoop {

  private static final Object END = new Object();

  final DecodingInput input;
  private final String call;
  private final Function<? super T, ? extends CompletionStage<?>> action;

  private @Nullable Object next; // between turns: a value for the action, or END

  final Consumer<CompletableFuture<?>> onMade = this::cancelWithLoop;

  private ReadLoop(
      DecodingInput input, String call, Function<? super T, ? extends CompletionStage<?>> action) {
    this.input = input;
    this.call = call;
    this.action = Objects.requireNonNull(action, "action");
    done.whenComplete((nothing, ended) -> cancelRead());
  }

  /**
   * Creates a loop over byte arrays; an empty array is the end.
   *
   * @param reader the view of the input, kept reachable while a read is pending
   */
  static ReadLoop<byte[]> over(
      ReadFraming framing,
      DecodingInput input,
      Object reader,
      String call,
      Function<? super byte[], ? extends CompletionStage<?>> action) {
    return new ReadLoop<>(input, call, action) {
      @Override
      byte @Nullable [] readNow() throws IOException {
        return input.pollInTurn(framing);
      }

      @Override
      CompletableFuture<byte[]> read() {
        return input.read(framing, reader, onMade);
      }

      @Override
      boolean isEnd(byte @Nullable [] value) {
        return value == null || value.length == 0;
      }
    };
  }

  /** Creates a loop over values of a decoder; null is the end. */
  static <T> ReadLoop<T> over(
      Decoder<? extends @Nullable T> decoder,
      DecodingInput input,
      Object reader,
      String call,
      Function<? super T, ? extends CompletionStage<?>> action) {
    Decoder<@Nullable T> orEnd = new DecoderUpToEnd<>(Objects.requireNonNull(decoder, "decoder"));
    return new ReadLoop<>(input, call, action) {
      @Override
      @Nullable T readNow() {
        return null; // read() may return a completed future
      }

      @Override
      CompletableFuture<@Nullable T> read() {
        return input.read(orEnd, reader, onMade);
      }

      @Override
      boolean isEnd(@Nullable T value) {
        return value == null;
      }
    };
  }

  /** Creates a loop over values of a decoder, with a synchronous action. */
  static <T> ReadLoop<T> accepting(
      Decoder<? extends @Nullable T> decoder,
      DecodingInput input,
      Object reader,
      Consumer<? super T> action) {
    Objects.requireNonNull(action, "action");
    return over(
        decoder,
        input,
        reader,
        "acceptEach",
        value -> {
          action.accept(value);
          return StreamFuture.done();
        });
  }

  /** Reads a buffered value without a future; null when there is none. */
  abstract @Nullable T readNow() throws IOException;

  abstract CompletableFuture<? extends @Nullable T> read();

  abstract boolean isEnd(@Nullable T value);

  private Object valueOrEnd(@Nullable T value) {
    return isEnd(value) ? END : Objects.requireNonNull(value);
  }

  @Override
  @SuppressWarnings("unchecked") // what is neither null nor END is a value
  protected final void turn() {
    Object now = next;
    next = null;
    if (now == null && error == null && !done.isDone()) {
      now = tryToRead();
    }
    if (error != null) {
      fail(error);
    } else if (now == null) {
      startRead();
    } else if (now == END) {
      done.complete(null);
    } else {
      act((T) now); // also after a cancellation: the reader no longer has the value
    }
  }

  private @Nullable Object tryToRead() {
    try {
      T value = readNow();
      return value == null ? null : valueOrEnd(value);
    } catch (IOException failure) {
      error = failure;
      return null;
    }
  }

  private void startRead() {
    if (done.isDone()) {
      return;
    }
    CompletableFuture<? extends @Nullable T> read = read();
    read.whenComplete(
        (value, failure) -> {
          error = failure;
          next = failure == null ? valueOrEnd(value) : null;
          runTurns();
        });
  }

  /** The action never runs on the thread of another action's stage. */
  private void act(T value) {
    try {
      CompletionStage<?> acting =
          Objects.requireNonNull(
              action.apply(value),
              () -> "the action of " + call + " returned null instead of a stage");
      acting.whenComplete(
          (nothing, failure) -> {
            error = failure;
            runTurnsOn(input.completions());
          });
    } catch (Throwable thrown) { // user code: any exception terminates the loop
      fail(thrown);
    }
  }
}
