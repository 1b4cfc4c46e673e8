package io.weir.internal.stream;

import io.weir.Decoded;
import io.weir.Decoder;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.Trampoline;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
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
  @SuppressWarnings("NullAway") // the value is null only where T is nullable
  public final <T extends @Nullable Object> CompletableFuture<T> read(
      Decoder<T> decoder, Object reader) {
    return start(DecoderRead.of(this::lookOn, decoder, Decoded::value, reader));
  }

  /** Returns a future that completes when a decoder finds a value, and takes nothing. */
  public final CompletableFuture<@Nullable Void> whenReady(Decoder<?> decoder, Object reader) {
    return start(DecoderRead.whenReady(this::lookOn, decoder, reader));
  }

  /** Takes the value that a decoder finds in what is buffered, or returns how much is missing. */
  public final <T extends @Nullable Object> Decoded<T> poll(Decoder<T> decoder) throws IOException {
    DecoderRead<T, Decoded<T>> read = DecoderRead.of(this::lookOn, decoder, found -> found, this);
    Trampoline here = enterCall();
    try {
      look(read, /* waits= */ false);
      return read.outcome();
    } finally {
      here.exit();
    }
  }

  private <T extends @Nullable Object> CompletableFuture<T> start(DecoderRead<?, T> read) {
    Trampoline here = enterCall();
    try {
      InputState.Answer answer = look(read, /* waits= */ true);
      if (answer == InputState.Answer.REFUSED) {
        PendingRead<?> earlier;
        synchronized (this) {
          earlier = input.pendingRead();
        }
        return StreamFuture.failed(isRefused(read, earlier));
      }
      if (answer == InputState.Answer.ANSWERED) {
        completeInOrder(read, here);
      }
      return read;
    } finally {
      here.exit();
    }
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
