package io.weir.internal.stream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.channel.DirectBuffers;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.StackRoom;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.Trampoline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The incoming half of a stream as the program sees it: reads, and what they wait for. It owns the
 * lock, which is this object: no program can reach it, and a separate lock would cost memory for
 * each connection. Decisions are made under the lock by {@link InputState}; futures are completed
 * after it.
 */
public abstract class StreamInput {

  @GuardedBy("this")
  final InputState input;

  private final CompletionExecutor completions;

  /**
   * An error in the middle of a change, for which the stream is to be aborted. A field, because an
   * assignment works where the stack is full and no method can be called.
   */
  volatile @Nullable Throwable crash;

  StreamInput(int limit, CompletionExecutor completions) {
    this.input = new InputState(limit);
    this.completions = completions;
  }

  /** Completes the futures of this stream. */
  public final CompletionExecutor completions() {
    return completions;
  }

  /** Reads from the channel, if that is needed. */
  abstract void readOn();

  /** Whether bytes are wanted from the channel, and no read of it is under way. */
  @GuardedBy("this")
  abstract boolean isReadNeeded();

  /**
   * Requests that the stream be aborted because of {@link #crash}. Every call and event repeats the
   * request, because it may fail where the stack is full.
   */
  abstract void crashed();

  /** Enters a call that a program makes. */
  final Trampoline enterCall() {
    if (crash != null) {
      crashed();
    }
    return Trampoline.enterCall();
  }

  /** Enters a call that programs make rarely, which changes nothing where the stack is full. */
  final Trampoline enterRareCall() {
    StackRoom.require();
    return enterCall();
  }

  /** Enters the handling of an event. */
  final Trampoline enterEvent() {
    if (crash != null) {
      crashed();
    }
    return Trampoline.enterEvent();
  }

  /** The time of the clock for a read that has to wait; 0 when nothing measures it. */
  abstract long now();

  /** Returns a future of the bytes that a request asks for. */
  public final CompletableFuture<byte[]> read(ReadFraming request, Object reader) {
    return read(PendingRead.ofBytes(request, reader));
  }

  /**
   * Returns a future of the bytes that a request says.
   *
   * @param onMade receives the future before anything is taken for it. When it is cancelled then or
   *     later, nothing is taken, and no other read is refused because of it
   */
  public final CompletableFuture<byte[]> read(
      ReadFraming request, Object reader, Consumer<CompletableFuture<?>> onMade) {
    PendingRead<byte[]> read = PendingRead.ofBytes(request, reader);
    onMade.accept(read);
    return read(read);
  }

  /** Returns a future of the number of bytes that were put into a buffer. */
  public final CompletableFuture<Integer> read(ByteBuffer destination, Object reader) {
    return read(PendingRead.into(destination, reader));
  }

  /**
   * Returns a future of a buffer of a pool with some bytes, or null at EOF.
   *
   * @param onMade receives the future first
   */
  public final CompletableFuture<@Nullable ByteBuffer> read(
      DirectBuffers pool, Object reader, Consumer<CompletableFuture<?>> onMade) {
    PendingRead<@Nullable ByteBuffer> read = PendingRead.pooled(pool, reader);
    onMade.accept(read);
    return read(read);
  }

  /** Returns a future that completes when a request can be answered. */
  public final CompletableFuture<@Nullable Void> whenReady(ReadFraming request, Object reader) {
    return read(PendingRead.whenReady(request, reader));
  }

  private <T extends @Nullable Object> CompletableFuture<T> read(PendingRead<T> read) {
    Trampoline here = enterCall();
    try {
      try {
        return read(read, here);
      } finally {
        here.exit();
      }
    } catch (Error error) { // what was taken from the queue is lost
      crash = error;
      crashed();
      throw error;
    }
  }

  private <T extends @Nullable Object> CompletableFuture<T> read(
      PendingRead<T> read, Trampoline here) {
    InputState.Answer answer;
    boolean more;
    PendingRead<?> earlier = null;
    synchronized (this) {
      answer = input.read(read, now());
      more = isReadNeeded();
      if (answer == InputState.Answer.REFUSED) {
        earlier = input.pendingRead();
      }
    }
    if (more) {
      readOn();
    }
    if (earlier != null) {
      return StreamFuture.failed(isRefused(read, earlier));
    }
    if (answer == InputState.Answer.ANSWERED && read.isClaimed()) {
      completeInOrder(read, here);
    }
    return read;
  }

  static IllegalStateException isRefused(PendingRead<?> read, PendingRead<?> earlier) {
    return new IllegalStateException(
        "read of "
            + read
            + " called while another read, of "
            + earlier
            + ", is already waiting for incoming data. That read stays pending, even when a get() of its"
            + " future has timed out or was interrupted, or when a future derived from it has"
            + " failed: wait for it, or cancel the future that the earlier call returned");
  }

  /**
   * Completes an answered future at once, so that it is returned completed. After too many of these
   * in a row, it completes after the callback that is running on this thread.
   */
  final void completeInOrder(Runnable answered, Trampoline here) {
    if (mayCompleteNow(here)) {
      answered.run();
    } else {
      completeLater(answered, here);
    }
  }

  /**
   * Whether a future may be returned completed. If the calling thread would complete it at the end
   * of this call, a pending future has no advantage.
   */
  final boolean mayCompleteNow(Trampoline here) {
    return here.mayCompleteNow()
        || (completions == CompletionExecutor.IN_CALLER && !here.isRunning());
  }

  /**
   * Completes a future after the callback that is running on this thread, or else where this stream
   * completes futures.
   */
  final void completeLater(Runnable completion, Trampoline here) {
    if (here.isRunning()) {
      here.run(completion);
    } else {
      completions.run(completion);
    }
  }

  /**
   * Takes the bytes that a request asks for, for a loop that reads in callbacks. Returns null also
   * when other callbacks are to run first, so that the loop waits for a future.
   */
  public final byte @Nullable [] pollInTurn(ReadFraming request) throws IOException {
    return Trampoline.current().mayCompleteNow() ? poll(request) : null;
  }

  /** Takes the bytes that a request asks for, or returns null if it cannot be answered now. */
  public final byte @Nullable [] poll(ReadFraming request) throws IOException {
    return poll(request, request::take);
  }

  /** Puts some bytes into a buffer, or returns null if there are none. */
  public final @Nullable Integer poll(ByteBuffer destination) throws IOException {
    return poll(
        ReadFraming.upTo(destination.remaining()), bytes -> ReadFraming.fill(destination, bytes));
  }

  /** Takes the answer of a request that is ready. */
  @FunctionalInterface
  private interface Taking<T> {
    T from(ByteQueue bytes) throws IOException;
  }

  private <T> @Nullable T poll(ReadFraming request, Taking<T> taking) throws IOException {
    Trampoline here = enterCall();
    try {
      try {
        return take(request, taking);
      } finally {
        here.exit();
      }
    } catch (Error error) { // what was taken from the queue is lost
      crash = error;
      crashed();
      throw error;
    }
  }

  private <T> @Nullable T take(ReadFraming request, Taking<T> taking) throws IOException {
    boolean more = false;
    try {
      synchronized (this) {
        if (!request.isReady(input.bytes())) {
          return null;
        }
        try {
          return taking.from(input.bytes());
        } finally {
          input.updateRoom();
          more = isReadNeeded();
        }
      }
    } finally {
      if (more) {
        readOn();
      }
    }
  }

  /**
   * Returns a future that completes when the stream has ended, even if bytes are still buffered.
   */
  public final CompletableFuture<@Nullable Void> whenEnded(Object reader) {
    Trampoline here = enterRareCall();
    try {
      HoldingFuture waiter;
      boolean more;
      synchronized (this) {
        if (input.hasEnded()) {
          return StreamFuture.done();
        }
        waiter = new HoldingFuture(reader);
        input.addEndWaiter(waiter);
        input.updateRoom(); // nothing may have been read yet
        more = isReadNeeded();
      }
      if (more) {
        readOn();
      }
      return waiter;
    } finally {
      here.exit();
    }
  }

  /**
   * Completes the pending read if it can be answered now, and after the end of the stream the
   * futures that wait for that.
   */
  final void deliver() {
    PendingRead<?> answered;
    List<StreamFuture<@Nullable Void>> ended;
    synchronized (this) {
      answered = input.answer();
      ended = input.hasEnded() ? input.removeEndWaiters() : List.of();
    }
    ended.forEach(waiter -> completions.run(() -> waiter.complete(null)));
    if (answered != null) {
      publish(answered);
    }
  }

  /** Completes a read that has its answer. */
  final void publish(PendingRead<?> answered) {
    try {
      completions.run(answered);
    } catch (Error full) { // the stack is full; the abort of the stream completes the read
      synchronized (this) {
        input.notPublished(answered);
      }
      throw full;
    }
  }

  /** Adds bytes by hand. */
  public final void feed(byte[] data) {
    Trampoline here = enterRareCall();
    try {
      synchronized (this) {
        if (input.hasEnded()) {
          throw new IllegalStateException(
              "feedData after feedEof or an error: the stream has ended");
        }
        if (data.length == 0) {
          return;
        }
        input.feed(data);
      }
      deliver();
    } finally {
      here.exit();
    }
  }

  /** Ends the stream by hand. */
  public final void feedEnd(StreamEnd how) {
    Trampoline here = enterRareCall();
    try {
      synchronized (this) {
        input.end(how);
      }
      deliver();
    } finally {
      here.exit();
    }
  }

  /** How many bytes are buffered. */
  public final synchronized int buffered() {
    return input.bytes().size();
  }

  public final synchronized boolean atEof() {
    return input.atEof();
  }

  public final synchronized @Nullable IOException exception() {
    return input.exception();
  }

  public final synchronized int limit() {
    return input.bytes().limit();
  }

  /** When the pending read started, by the clock; null when none is pending. */
  final synchronized @Nullable Long readingSince() {
    return input.pendingSince();
  }

  /** Describes the reader, in the order of asyncio's repr. */
  public final String describe(int defaultLimit, @Nullable Object transport) {
    synchronized (this) {
      return input.describe(defaultLimit, transport);
    }
  }
}
