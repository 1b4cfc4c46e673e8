package io.weir.internal.stream;

import io.weir.Decoded;
import io.weir.Decoder;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.Trampoline;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads by decoders. They are code of the program, so they look at the buffered bytes outside the
 * lock, on the caller's thread or where futures complete.
 */
public abstract class DecodingInput extends StreamInput {

  DecodingInput(int limit, CompletionExecutor completions) {
    super(limit, completions);
  }

  /** Returns a future of the value that a decoder finds. */
  public final <T extends @Nullable Object> CompletableFuture<T> read(
      Decoder<T> decoder, Object reader) {
    return read(decoder, reader, made -> {});
  }

  /**
   * Returns a future of the value that a decoder finds.
   *
   * @param onMade receives the future before the decoder looks, which may take long. When it is
   *     cancelled meanwhile, nothing is taken
   */
  @SuppressWarnings("NullAway") // the value is null only where T is nullable
  public final <T extends @Nullable Object> CompletableFuture<T> read(
      Decoder<T> decoder, Object reader, Consumer<CompletableFuture<?>> onMade) {
    DecoderRead<T, T> read = DecoderRead.of(this::lookOn, decoder, Decoded::value, reader);
    onMade.accept(read);
    return start(read);
  }

  /** Returns a future that completes when a decoder finds a value, and takes nothing. */
  public final CompletableFuture<@Nullable Void> whenReady(Decoder<?> decoder, Object reader) {
    return whenReady(decoder, reader, made -> {});
  }

  /**
   * Returns a future that completes when a decoder finds a value, and takes nothing.
   *
   * @param onMade receives the future first, as that of the other read does
   */
  public final CompletableFuture<@Nullable Void> whenReady(
      Decoder<?> decoder, Object reader, Consumer<CompletableFuture<?>> onMade) {
    DecoderRead<?, @Nullable Void> wait = DecoderRead.whenReady(this::lookOn, decoder, reader);
    onMade.accept(wait);
    return start(wait);
  }

  /** Takes the value that a decoder finds in what is buffered, or returns how much is missing. */
  public final <T extends @Nullable Object> Decoded<T> poll(Decoder<T> decoder) throws IOException {
    return Objects.requireNonNull(poll(decoder, made -> {}), "nothing cancels this read");
  }

  /**
   * Takes the value that a decoder finds in what is buffered, or returns how much is missing.
   *
   * @param onMade receives a future before the decoder looks, which may take long. When it is
   *     cancelled meanwhile, nothing is taken, and the result is null
   */
  public final <T extends @Nullable Object> @Nullable Decoded<T> poll(
      Decoder<T> decoder, Consumer<CompletableFuture<?>> onMade) throws IOException {
    DecoderRead<T, Decoded<T>> read = DecoderRead.of(this::lookOn, decoder, found -> found, this);
    onMade.accept(read);
    Trampoline here = enterCall();
    try {
      try {
        look(read, /* waits= */ false);
        return read.outcome();
      } finally {
        here.exit();
      }
    } catch (Error error) {
      if (error != read.refusal) { // what was taken from the queue is lost
        crash = error;
        crashed();
      }
      throw error;
    }
  }

  private <T extends @Nullable Object> CompletableFuture<T> start(DecoderRead<?, T> read) {
    Trampoline here = enterCall();
    try {
      try {
        return start(read, here);
      } finally {
        here.exit();
      }
    } catch (Error error) {
      if (error != read.refusal) { // what was taken from the queue is lost
        crash = error;
        crashed();
      }
      throw error;
    }
  }

  private <T extends @Nullable Object> CompletableFuture<T> start(
      DecoderRead<?, T> read, Trampoline here) {
    InputState.Answer answer = look(read, /* waits= */ true);
    if (answer == InputState.Answer.REFUSED) {
      PendingRead<?> earlier;
      synchronized (this) {
        earlier = input.pendingRead();
      }
      return StreamFuture.failed(isRefused(read, earlier));
    }
    if (answer == InputState.Answer.ANSWERED && read.isClaimed()) {
      completeInOrder(read, here);
    }
    return read;
  }

  /** Continues a pending read, where futures complete. */
  final void lookOn(DecoderRead<?, ?> read) {
    Trampoline here = enterEvent();
    InputState.Answer answer = InputState.Answer.PENDING;
    try {
      answer = look(read, /* waits= */ true);
    } catch (Throwable error) { // of this class: what the decoder throws fails the read alone
      crash = error;
      crashed();
    } finally {
      here.exit();
    }
    if (answer == InputState.Answer.ANSWERED && read.isClaimed()) {
      read.run();
    }
  }

  /** Calls the decoder until the read is answered, or has to wait. */
  private InputState.Answer look(DecoderRead<?, ?> read, boolean waits) {
    InputState.Answer answer = null;
    while (answer == null) {
      DecoderRead.View view;
      synchronized (this) {
        view = DecoderRead.View.of(input.bytes());
      }
      read.look(view);
      boolean more;
      synchronized (this) {
        input.bytes().looked();
        answer = input.decoded(read, view, waits, now());
        more = isReadNeeded();
      }
      if (more) {
        readOn();
      }
    }
    return Objects.requireNonNull(answer);
  }
}
