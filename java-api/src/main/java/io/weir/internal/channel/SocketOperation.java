package io.weir.internal.channel;

import io.weir.internal.concurrent.TimerSlot;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An operation that a program has started on a channel of a group, with a completion handler or for
 * a {@link Future}. It completes once, because only the thread that removes it from its channel
 * completes it.
 *
 * @param <R> the result
 */
abstract class SocketOperation<R extends @Nullable Object> implements Runnable {

  /** A channel with operations. */
  interface Owner extends AsynchronousChannel {

    /**
     * Withdraws an operation, and refuses others of its kind from then on, because bytes may have
     * been transferred meanwhile. Returns false, and changes nothing, when the operation has been
     * completed or another thread is completing it.
     */
    boolean withdraw(SocketOperation<?> operation);
  }

  private final Owner channel;
  private final SelectorLoop loop;
  private final CompletionHandler<R, @Nullable Object> handler;
  private final @Nullable Object attachment;
  private @Nullable TimerSlot limit; // null when there is none
  private long nanos; // of the limit
  private @Nullable R result; // written before the handler is dispatched
  private @Nullable Throwable failure; // written before the handler is dispatched

  /**
   * Creates an operation that has not started.
   *
   * @param handler accepts attachments of the type of {@code attachment}
   */
  @SuppressWarnings("unchecked")
  SocketOperation(
      Owner channel,
      SelectorLoop loop,
      CompletionHandler<R, ?> handler,
      @Nullable Object attachment) {
    this.channel = channel;
    this.loop = loop;
    this.handler = (CompletionHandler<R, @Nullable Object>) handler;
    this.attachment = attachment;
    if (this.handler instanceof OperationFuture<R> future) {
      future.operation = this;
    }
  }

  /**
   * Limits the time of the operation. Called before it starts.
   *
   * @param timeout 0 or less for no limit
   */
  final void limit(long timeout, TimeUnit unit) {
    if (timeout > 0) {
      nanos = unit.toNanos(timeout);
      limit = new TimerSlot(loop.group().timers());
    }
  }

  /**
   * Starts the time limit. Called after the channel has stored the operation, which may have
   * completed by then.
   */
  final void startLimit() {
    TimerSlot slot = limit;
    if (slot != null) {
      slot.start(Duration.ofNanos(nanos), this::timedOut);
    }
  }

  /** Returns the failure of an outstanding operation whose system call has failed. */
  static Throwable failureOf(Throwable error) {
    return error instanceof ClosedChannelException ? new AsynchronousCloseException() : error;
  }

  private void timedOut() {
    if (channel.withdraw(this)) {
      fail(new InterruptedByTimeoutException());
    }
  }

  final void succeed(@Nullable R value) {
    result = value;
    complete();
  }

  final void fail(Throwable error) {
    failure = error;
    complete();
  }

  private void complete() {
    TimerSlot slot = limit;
    if (slot != null) {
      slot.close();
    }
    if (handler instanceof OperationFuture) {
      run(); // no code of a program
    } else {
      loop.group().dispatch(this, loop);
    }
  }

  /** Calls the handler. */
  @Override
  @SuppressWarnings("NullAway") // the result of a connect is null
  public final void run() {
    Throwable error = failure;
    if (error == null) {
      handler.completed(result, attachment);
    } else {
      handler.failed(error, attachment);
    }
  }

  /** The future of an operation without a handler. */
  static final class OperationFuture<R extends @Nullable Object> extends CompletableFuture<R>
      implements CompletionHandler<R, @Nullable Object> {

    private @Nullable SocketOperation<R> operation; // set when it is created

    @Override
    public void completed(R value, @Nullable Object attachment) {
      complete(value);
    }

    @Override
    public void failed(Throwable error, @Nullable Object attachment) {
      completeExceptionally(error);
    }

    /** Returns false when the operation has completed, or completes now on another thread. */
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      SocketOperation<R> started = operation;
      if (started == null || !started.channel.withdraw(started)) {
        return false;
      }
      if (mayInterruptIfRunning) {
        Closeables.closeQuietly(started.channel);
      }
      return super.cancel(mayInterruptIfRunning);
    }
  }
}
