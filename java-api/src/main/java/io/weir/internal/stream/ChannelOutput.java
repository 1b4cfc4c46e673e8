package io.weir.internal.stream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.WriteLimits;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.StackRoom;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.jfr.FlightEvents;
import io.weir.internal.log.Printable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The outgoing half of a connection: writes to its channel, one write at a time, as {@link
 * OutputState} says. Bytes that the channel accepts at once are not copied. The rest is queued, and
 * is sent together with later bytes in gathering writes.
 */
abstract class ChannelOutput extends ChannelInput
    implements CompletionHandler<Long, @Nullable Void> {

  private static final System.Logger LOG = System.getLogger("io.weir");

  @GuardedBy("this")
  final OutputState output;

  ChannelOutput(AsyncByteChannel channel, int limit, CompletionExecutor completions) {
    super(channel, limit, completions);
    this.output = new OutputState(channel);
  }

  /**
   * Bytes were written.
   *
   * @return what is to be done outside the lock
   */
  @GuardedBy("this")
  abstract Lifecycle.Step wroteSome();

  /** Performs a step. */
  abstract void perform(Lifecycle.Step step);

  /** A write has failed. */
  abstract void writeFailed(Throwable cause);

  /** Everything that was queued has been written to the channel, and nothing follows. */
  abstract void flushed();

  /** Everything that was queued for the former channel has been written to it. */
  abstract void switched();

  /**
   * Writes the bytes that the channel accepts at once, and queues a copy of the rest. Never blocks,
   * and throws no I/O error.
   *
   * @param data the bytes; its position is undefined afterwards
   * @param call the name of the method that the program has called
   * @throws IllegalStateException after writeEof
   */
  public final void write(ByteBuffer data, String call) {
    Trampoline here = enterCall();
    try {
      OutputState.Write decision = write(data, here);
      if (decision == OutputState.Write.COPY) {
        // Outside the lock, because it takes time. After an OutOfMemoryError, which the caller
        // gets, nothing has changed.
        decision = queue(WriteQueue.copyOf(data), here);
      }
      if (decision == OutputState.Write.REFUSED) {
        throw new IllegalStateException(
            "Cannot call " + call + "() after writeEof(): the outgoing half is closed");
      }
    } finally {
      here.exit();
    }
  }

  /**
   * Writes a part of an array, without wrapping it when the bytes only join others in the queue.
   */
  public final void write(byte[] data, int offset, int length) {
    Trampoline here = enterCall();
    try {
      if (!hold(data, offset, length, here)) {
        write(ByteBuffer.wrap(data, offset, length), "write");
      }
    } finally {
      here.exit();
    }
  }

  private boolean hold(byte[] data, int offset, int length, Trampoline here) {
    try {
      boolean first;
      synchronized (this) {
        if (!WriteCork.expectsMore(here, input) || !output.hold(data, offset, length)) {
          return false;
        }
        first = output.cork().hold();
      }
      uncorkLater(first, here);
    } catch (Throwable error) {
      crash = error;
      crashed();
    }
    return true;
  }

  private OutputState.Write write(ByteBuffer data, Trampoline here) {
    OutputState.Write decision = OutputState.Write.NOTHING;
    try {
      AsyncByteChannel to;
      boolean first = false;
      synchronized (this) {
        decision = output.write(data, WriteCork.expectsMore(here, input));
        to = output.channel();
        if (decision == OutputState.Write.CORKED) {
          first = output.cork().hold();
        }
      }
      switch (decision) {
        case NOW -> {
          here.checkStack();
          writeNow(to, data);
        }
        case QUEUED -> {
          here.checkStack();
          writeOn();
        }
        case CORKED -> uncorkLater(first, here);
        case DROPPED_WITH_WARNING -> {
          StackRoom.require(); // for the locks of a logger
          warnOfDrops();
        }
        case COPY, NOTHING, REFUSED -> {}
      }
    } catch (Throwable error) {
      crash = error;
      crashed();
    }
    return decision;
  }

  private OutputState.Write queue(List<ByteBuffer> copies, Trampoline here) {
    OutputState.Write decision = OutputState.Write.NOTHING;
    try {
      synchronized (this) {
        decision = output.queue(copies);
      }
      if (decision == OutputState.Write.DROPPED_WITH_WARNING) {
        warnOfDrops();
      }
      here.checkStack();
      writeOn();
    } catch (Throwable error) {
      crash = error;
      crashed();
    }
    return decision;
  }

  private void writeNow(AsyncByteChannel to, ByteBuffer data) {
    List<StreamFuture<@Nullable Void>> drained;
    Lifecycle.Step step;
    boolean more;
    try {
      int written = writeAtOnce(to, data);
      List<ByteBuffer> rest = data.hasRemaining() ? copyOfRest(data, written) : List.of();
      synchronized (this) {
        requireStackForDrains();
        drained = output.wroteNow(rest); // others may have asked to drain meanwhile
        more = output.hasWork();
        step = written > 0 ? wroteSome() : Lifecycle.Step.NOTHING;
      }
    } catch (IOException failure) {
      writeFailed(failure);
      return;
    }
    complete(drained, null);
    perform(step);
    if (more) {
      writeOn();
    }
  }

  private int writeAtOnce(AsyncByteChannel to, ByteBuffer data) throws IOException {
    int start = data.position();
    try {
      return WriteQueue.writeNow(to, data);
    } catch (Throwable failure) { // possibly after some parts
      accepted(data.position() - start);
      throw failure;
    }
  }

  private List<ByteBuffer> copyOfRest(ByteBuffer data, int written) {
    try {
      return WriteQueue.copyOf(data);
    } catch (OutOfMemoryError noMemory) {
      accepted(written);
      throw noMemory;
    }
  }

  /** Notes the bytes that the channel accepted before a failure: they are not unsent. */
  private synchronized void accepted(int count) {
    output.accepted(count);
  }

  private void uncorkLater(boolean first, Trampoline here) {
    if (first) {
      here.whenIdle(this::uncork);
    }
  }

  private void uncork() {
    Trampoline here = enterEvent();
    try {
      synchronized (this) {
        output.cork().release();
      }
      writeOn();
    } finally {
      here.exit();
    }
  }

  private void warnOfDrops() {
    String closed = Printable.text(channel().toString());
    LOG.log(
        Level.WARNING,
        () -> "writes to " + closed + " are dropped: it is closed; see drain() or isClosing()");
  }

  /** Closes the outgoing half after the queued bytes. */
  public final void writeEof() {
    Trampoline here = enterRareCall();
    try {
      boolean asked;
      synchronized (this) {
        asked = output.writeEof();
      }
      if (asked) {
        writeOn();
      }
    } finally {
      here.exit();
    }
  }

  /**
   * Returns a future that completes when it is time to write more.
   *
   * @param writer stays reachable until the future is done
   */
  public final CompletableFuture<@Nullable Void> drain(Object writer) {
    Trampoline here = enterCall();
    try {
      StreamFuture<@Nullable Void> future;
      boolean isPending;
      long queued;
      synchronized (this) {
        IOException broken = input.failure();
        StreamFuture<@Nullable Void> decided =
            broken == null ? output.drain() : StreamFuture.failed(broken);
        isPending = decided == null;
        future = decided == null ? output.watermarks().addDrain(writer) : decided;
        queued = output.size();
      }
      if (isPending) {
        FlightEvents.stall(channel()::remoteAddress, queued, future);
        return future;
      }
      return mayCompleteNow(here) ? future : completedLater(future, here);
    } finally {
      here.exit();
    }
  }

  /** Returns a future with the same outcome, which completes after the running callback. */
  private StreamFuture<@Nullable Void> completedLater(
      StreamFuture<@Nullable Void> decided, Trampoline here) {
    StreamFuture<@Nullable Void> later = new StreamFuture<>();
    completeLater(
        () -> decided.whenComplete((nothing, failure) -> StreamFuture.end(later, failure)), here);
    return later;
  }

  /** Performs the next steps, as long as writes complete inside the call that starts them. */
  final void writeOn() {
    try {
      boolean more = true;
      while (more) {
        OutputState.Step step;
        AsyncByteChannel to;
        ByteBuffer[] batch;
        int size;
        synchronized (this) {
          step = output.next(now());
          to = output.channel();
          batch = output.queue().batch();
          size = output.batchSize();
        }
        more =
            switch (step) {
              case WRITE -> writeBatch(to, batch, size);
              case SEND_EOF -> sendEof(to);
              case SWITCH -> {
                switched();
                yield true;
              }
              case FLUSHED -> {
                flushed();
                yield false;
              }
              case NOTHING -> false;
            };
      }
    } catch (Throwable error) {
      crash = error;
      crashed();
    }
  }

  private boolean writeBatch(AsyncByteChannel to, ByteBuffer[] batch, int size) {
    to.write(batch, size, this);
    synchronized (this) {
      if (!output.operation().started()) {
        return false;
      }
    }
    wrote();
    return true;
  }

  private boolean sendEof(AsyncByteChannel to) {
    try {
      to.endOutput();
    } catch (IOException e) {
      writeFailed(e); // the operation is never idle again
      return false;
    }
    Lifecycle.Step step;
    synchronized (this) {
      output.sentEof();
      step = wroteSome();
    }
    perform(step);
    return true;
  }

  @Override
  public final void completed(Long bytes, @Nullable Void attachment) {
    complete(bytes, null);
  }

  @Override
  public final void failed(Throwable cause, @Nullable Void attachment) {
    complete(null, cause);
  }

  private void complete(@Nullable Long bytes, @Nullable Throwable cause) {
    Trampoline here = enterEvent();
    try {
      synchronized (this) {
        if (!output.operation().completed(bytes, cause)) {
          return;
        }
      }
      wrote();
      writeOn();
    } catch (Throwable error) {
      crash = error;
      crashed();
    } finally {
      here.exit();
    }
  }

  private void wrote() {
    Throwable cause;
    List<StreamFuture<@Nullable Void>> drained;
    Lifecycle.Step step;
    synchronized (this) {
      requireStackForDrains();
      cause = output.operation().failure();
      drained = output.wrote();
      step = cause == null ? wroteSome() : Lifecycle.Step.NOTHING;
    }
    if (cause != null) {
      writeFailed(cause);
    }
    complete(drained, null);
    perform(step);
  }

  /** Futures that are removed for completion must not be lost to a StackOverflowError. */
  @GuardedBy("this")
  private void requireStackForDrains() {
    if (output.watermarks().isPaused()) {
      StackRoom.require();
    }
  }

  /** Fails the pending drains, if this side has closed. What is queued is still written. */
  final void failDrainsIfClosed() {
    List<StreamFuture<@Nullable Void>> drains;
    synchronized (this) {
      requireStackForDrains();
      drains = output.removeDrainsIfClosed();
    }
    if (!drains.isEmpty()) {
      complete(drains, ConnectionLoss.closed(/* byPeer= */ false));
    }
  }

  /** When the pending write of the channel started, by the clock; null when none is pending. */
  final synchronized @Nullable Long writingSince() {
    return output.writingSince();
  }

  /** How many bytes are queued or being written. */
  public final synchronized long writeBufferSize() {
    return output.size();
  }

  /** The watermarks. */
  public final synchronized WriteLimits writeLimits() {
    return output.watermarks().limits();
  }

  /** Sets the watermarks. */
  public final synchronized void writeLimits(WriteLimits limits) {
    output.watermarks().limits(limits, output.size());
  }

  /** Completes futures: normally, or with a failure if there is one. */
  final void complete(List<StreamFuture<@Nullable Void>> futures, @Nullable IOException failure) {
    for (StreamFuture<@Nullable Void> future : futures) {
      completions().run(() -> StreamFuture.end(future, failure));
    }
  }
}
