package io.weir.internal.stream;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.concurrent.AsyncOperation;
import io.weir.internal.concurrent.StreamFuture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The outgoing half of a connection: what is queued, what comes next, and the watermarks. Plain
 * data: it knows neither lock nor thread, and calls no channel.
 *
 * <p>The phases, and what an event does in each:
 *
 * <pre>
 *              | write     | writeEof     | finish      | stop    | the queue is empty
 *   -----------+-----------+--------------+-------------+---------+--------------------
 *   RUNNING    | queue it  | asks for EOF | FINISHING   | STOPPED | SEND_EOF if asked for
 *   FINISHING  | drop it   | nothing      | nothing     | STOPPED | FLUSHED
 *   FLUSHED    | drop it   | nothing      | nothing     | STOPPED | -
 *   STOPPED    | drop it   | nothing      | nothing     | nothing | -
 * </pre>
 *
 * <p>A write after writeEof is refused in every phase.
 */
final class OutputState {

  private sealed interface Phase {}

  /** Accepts writes. */
  private record Running() implements Phase {}

  /** Accepts no more; what is queued is still written. */
  private record Finishing(boolean byPeer) implements Phase {}

  /** Everything has been written to the channel. */
  private record Flushed(boolean byPeer) implements Phase {}

  /** Writes nothing more. */
  private record Stopped(IOException cause, boolean byPeer, boolean wasFlushed) implements Phase {}

  /** The end of the outgoing half: writeEof asks for it, and it is sent after the queue. */
  private enum Eof {
    OPEN,
    ASKED,
    SENT
  }

  /** What is done with bytes that the program writes. */
  enum Write {
    /** Write them to the channel now: nothing is queued before them. */
    NOW,
    /** Copy them outside the lock, because they are many, and queue the copies. */
    COPY,
    /** They are queued: go on writing. */
    QUEUED,
    /** They are queued, and leave when the callbacks on this thread have returned. */
    CORKED,
    /** They are dropped, and the log says so. */
    DROPPED_WITH_WARNING,
    /** They are dropped, or there are none. */
    NOTHING,
    /** They are refused: the program has ended the outgoing half. */
    REFUSED
  }

  /** What to do next. */
  enum Step {
    WRITE,
    SEND_EOF,
    SWITCH,
    FLUSHED,
    NOTHING
  }

  /** The next channel, used when the queue is empty, and what is queued for it. */
  private record Successor(AsyncByteChannel channel, WriteQueue queue) {}

  private static final Running RUNNING = new Running();

  /** The dropped write at which the log warns; the number is asyncio's. */
  private static final int SILENT_DROPS = 5;

  private final AsyncOperation<Long> operation = new AsyncOperation<>(); // write to the channel
  private final Watermarks watermarks = new Watermarks();
  private AsyncByteChannel channel; // does not change while a write is under way
  private WriteQueue queue = new WriteQueue();
  private @Nullable Successor successor;
  private final WriteCork cork = new WriteCork();
  private Phase phase = RUNNING;
  private Eof eof = Eof.OPEN;
  private int inHand; // bytes that are being written directly, from the program's buffer
  private int dropped; // writes
  private int batchSize; // of the write that is under way
  private long writingSince; // by the clock, while a write of the queue is under way
  private long sent; // bytes that the channel has accepted
  private long unsent; // bytes that were dropped unwritten

  OutputState(AsyncByteChannel channel) {
    this.channel = channel;
  }

  AsyncOperation<Long> operation() {
    return operation;
  }

  AsyncByteChannel channel() {
    return channel;
  }

  /** The queue of the current channel. Its batch belongs to the thread that has started a write. */
  WriteQueue queue() {
    return queue;
  }

  /** How many chunks of the queue's batch the started write has. */
  int batchSize() {
    return batchSize;
  }

  Watermarks watermarks() {
    return watermarks;
  }

  WriteCork cork() {
    return cork;
  }

  /** How many bytes are queued or being written. */
  long size() {
    return inHand + queue.size() + (successor == null ? 0 : successor.queue.size());
  }

  // ---- writes of the program ----

  /**
   * Decides what is done with bytes, and queues them if they are few.
   *
   * @param corked whether more writes are expected soon, for which these bytes may wait
   */
  Write write(ByteBuffer data, boolean corked) {
    if (hasWrittenEof()) {
      return Write.REFUSED;
    }
    int length = data.remaining();
    if (length == 0) {
      return Write.NOTHING;
    }
    if (!(phase instanceof Running)) {
      return drop();
    }
    boolean hold = corked && size() + length <= watermarks.limits().high();
    if (!hold && size() == 0 && operation.isIdle() && successor == null) {
      operation.start();
      inHand = length;
      return Write.NOW;
    }
    if (length > WriteQueue.SMALL) {
      return Write.COPY;
    }
    lastQueue().addSmall(data);
    watermarks.grown(size());
    return hold ? Write.CORKED : Write.QUEUED;
  }

  /**
   * Queues a few bytes that may wait for more, as {@link Write#CORKED}.
   *
   * @return false when they have to be written in another way; nothing has changed then
   */
  boolean hold(byte[] data, int offset, int length) {
    if (hasWrittenEof()
        || !(phase instanceof Running)
        || length == 0
        || length > WriteQueue.SMALL
        || size() + length > watermarks.limits().high()) {
      return false;
    }
    lastQueue().addSmall(data, offset, length);
    return true;
  }

  /** Queues copies, after {@link Write#COPY}; the state may have changed since. */
  Write queue(List<ByteBuffer> copies) {
    if (hasWrittenEof()) {
      return Write.REFUSED;
    }
    if (!(phase instanceof Running)) {
      return drop();
    }
    lastQueue().addAll(copies);
    watermarks.grown(size());
    return Write.QUEUED;
  }

  private Write drop() {
    return ++dropped == SILENT_DROPS ? Write.DROPPED_WITH_WARNING : Write.NOTHING;
  }

  private WriteQueue lastQueue() {
    return successor == null ? queue : successor.queue;
  }

  /**
   * Ends {@link Write#NOW}: the rest that the channel has not accepted goes before everything that
   * was queued meanwhile.
   *
   * @return the drains to complete outside the lock
   */
  List<StreamFuture<@Nullable Void>> wroteNow(List<ByteBuffer> rest) {
    long before = size();
    inHand = 0;
    if (!(phase instanceof Stopped)) {
      queue.addAllFirst(rest);
      sent += before - size();
      watermarks.grown(size());
    }
    operation.finish();
    return watermarks.shrunk(size());
  }

  /** Notes bytes of {@link Write#NOW} that the channel has accepted, before the write failed. */
  void accepted(int count) {
    if (!(phase instanceof Stopped)) {
      inHand -= count;
      sent += count;
    }
  }

  /**
   * Notes how many bytes the channel has accepted in all. That can be more than its writes have
   * reported, when another thread closes the connection during a write.
   */
  void acceptedInAll(long total) {
    if (total > sent) {
      unsent -= total - sent;
      sent = total;
    }
  }

  /** Asks for the end of the outgoing half; false when that changes nothing. */
  boolean writeEof() {
    if (phase instanceof Running && eof == Eof.OPEN) {
      eof = Eof.ASKED;
      return true;
    }
    return false;
  }

  /** Whether the program has ended the outgoing half, and so can write no more. */
  boolean hasWrittenEof() {
    return eof != Eof.OPEN;
  }

  /** What {@code StreamWriter.drain} returns, if that is decided; null when it has to wait. */
  @Nullable StreamFuture<@Nullable Void> drain() {
    if (phase instanceof Running) { // first, because every message comes here
      return watermarks.isPaused() ? null : StreamFuture.done();
    }
    if (hasSentAllToPeerThatClosed()) {
      return StreamFuture.done();
    }
    if (phase instanceof Stopped stopped) {
      return StreamFuture.failed(stopped.cause);
    }
    if (!isClosedByPeer() || dropped > 0 || size() == 0) {
      return StreamFuture.failed(ConnectionLoss.closed(isClosedByPeer()));
    }
    return watermarks.isPaused() ? null : StreamFuture.done();
  }

  /** A peer that has received everything may close before the program drains: nothing is lost. */
  private boolean hasSentAllToPeerThatClosed() {
    boolean sentAll = phase instanceof Stopped stopped ? stopped.wasFlushed : size() == 0;
    return isClosedByPeer() && sentAll && dropped == 0;
  }

  private boolean isClosedByPeer() {
    if (phase instanceof Finishing finishing) {
      return finishing.byPeer;
    }
    if (phase instanceof Flushed flushed) {
      return flushed.byPeer;
    }
    return phase instanceof Stopped stopped && stopped.byPeer;
  }

  // ---- writes to the channel ----

  /**
   * Decides what to do next, and marks it as started.
   *
   * @param now the time by the clock
   */
  Step next(long now) {
    if (!operation.isIdle() || phase instanceof Stopped) {
      return Step.NOTHING;
    }
    if (!queue.isEmpty()) {
      batchSize = queue.fillBatch();
      writingSince = now;
      operation.start();
      return Step.WRITE;
    }
    if (successor != null) {
      channel = successor.channel;
      queue = successor.queue;
      successor = null;
      return Step.SWITCH;
    }
    if (phase instanceof Finishing finishing) {
      phase = new Flushed(finishing.byPeer);
      return Step.FLUSHED;
    }
    if (phase instanceof Running && eof == Eof.ASKED) {
      operation.start(); // so that nothing is flushed, and closed, before the end is sent
      eof = Eof.SENT;
      return Step.SEND_EOF;
    }
    return Step.NOTHING;
  }

  /**
   * Whether a write is outstanding, or queued bytes are about to be written: its outcome shows
   * whether the connection still exists.
   */
  boolean isWriting() {
    return !operation.isIdle() || !(phase instanceof Stopped || queue.isEmpty());
  }

  /** When the pending write of queued bytes started, by the clock; null when there is none. */
  @Nullable Long writingSince() {
    return inHand > 0 || queue.isEmpty() || operation.isIdle() ? null : writingSince;
  }

  /** Restarts the time of a pending write. */
  void restartTime(long now) {
    writingSince = now;
  }

  /** Whether {@link #next} has something to do. */
  boolean hasWork() {
    return size() > 0
        || successor != null
        || phase instanceof Finishing
        || (phase instanceof Running && eof == Eof.ASKED);
  }

  /**
   * Takes the outcome of a write that has completed.
   *
   * @return the drains to complete outside the lock
   */
  List<StreamFuture<@Nullable Void>> wrote() {
    if (operation.failure() != null || phase instanceof Stopped) {
      queue.landed(); // the operation is never idle again
      return List.of();
    }
    long count = Objects.requireNonNull(operation.result());
    queue.written(count);
    sent += count;
    operation.finish();
    return watermarks.shrunk(size());
  }

  /** The end of the outgoing half has been sent. */
  void sentEof() {
    operation.finish();
  }

  /** Switches to another channel, after what is queued now has been written to the old one. */
  void switchTo(AsyncByteChannel next) {
    successor = new Successor(next, new WriteQueue());
  }

  /**
   * Accepts no more writes; what is queued is still written, then comes {@link Step#FLUSHED}.
   *
   * @param byPeer whether that is because the peer has closed the connection
   */
  void finish(boolean byPeer) {
    if (phase instanceof Running) {
      phase = new Finishing(byPeer);
    }
  }

  /**
   * Removes the pending drains if this side has closed, to be failed outside the lock. If the peer
   * has closed, they wait for what is still written.
   */
  List<StreamFuture<@Nullable Void>> removeDrainsIfClosed() {
    boolean closed = !(phase instanceof Running) && !isClosedByPeer();
    return closed ? watermarks.removeDrains() : List.of();
  }

  /**
   * Stops, and drops what is queued.
   *
   * @param cause what later drains fail with
   * @return the drains to fail outside the lock
   */
  List<StreamFuture<@Nullable Void>> stop(IOException cause) {
    boolean wasFlushed =
        phase instanceof Flushed || (phase instanceof Stopped before && before.wasFlushed);
    phase = new Stopped(cause, isClosedByPeer(), wasFlushed);
    release();
    return watermarks.removeDrains();
  }

  /** What drains fail with since the output has stopped; null before. */
  @Nullable IOException failure() {
    return phase instanceof Stopped stopped ? stopped.cause : null;
  }

  /** Drops what is queued, to release its memory. */
  void release() {
    unsent += size();
    queue.clear();
    successor = null;
    inHand = 0;
  }

  /** How many bytes the channel has accepted. */
  long sentBytes() {
    return sent;
  }

  /** How many bytes were dropped unwritten, or would be if the connection closed now. */
  long unsent() {
    return unsent + size();
  }
}
