package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.log.Printable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Carries bytes to the channel, one write outstanding at most, and keeps the watermarks. What the
 * channel takes at once is not copied; the rest waits in the {@link WriteQueue}, and leaves in
 * gathering writes with what is written behind it.
 *
 * <p>The phases, and what a call does in each:
 *
 * <pre>
 *              | write     | writeEof  | finish      | stop    | the queue is empty
 *   -----------+-----------+-----------+-------------+---------+--------------------
 *   RUNNING    | queue it  | asks EOF  | FINISHING   | STOPPED | sends EOF if asked
 *   FINISHING  | drop it   | nothing   | nothing     | STOPPED | FLUSHED, tells the owner
 *   FLUSHED    | drop it   | nothing   | nothing     | STOPPED | -
 *   STOPPED    | drop it   | nothing   | nothing     | nothing | -
 * </pre>
 *
 * <p>A write after writeEof is refused in every phase.
 */
final class WritePump implements CompletionHandler<Long, @Nullable Void> {

  /** Who is told how writing ended. Called without the lock. */
  interface Owner {

    /** After finish: everything that was queued has been handed to the channel. */
    void flushed();

    /** Writing has failed. */
    void writeFailed(Throwable cause);

    /** Bytes have been handed to the channel. Called under the lock. */
    void progressed();

    /** After {@link WritePump#switchTo}: the old channel has all that was queued before. */
    void switched();

    /**
     * Whether what is written now can wait, as the owner will run the pump soon. Called under the
     * lock.
     */
    boolean holdsWrites();

    /** After {@link WritePump#askWhetherItSucceeds}: the write that was in flight has succeeded. */
    void writeSucceeded();
  }

  private enum Phase {
    RUNNING,
    FINISHING,
    FLUSHED,
    STOPPED
  }

  /** The outgoing half: writeEof asks for its end, which is sent behind the queue. */
  private enum Output {
    OPEN,
    EOF_ASKED,
    EOF_SENT
  }

  /**
   * What comes when the queue is empty.
   *
   * @param channel where to write then
   * @param queue what to write then
   */
  private record Successor(AsyncByteChannel channel, WriteQueue queue) {}

  /** What is done with bytes that are written. */
  private enum Fate {
    WRITE_DIRECTLY,
    COPY, // them, as they are many, and queue them
    QUEUE,
    HOLD, // as QUEUE, but the owner will run the pump
    WARN, // that they are dropped
    NOTHING
  }

  private enum Next {
    WRITE,
    SEND_EOF,
    SWITCH,
    TELL_FLUSHED,
    NOTHING
  }

  /** How many writes are dropped silently before the log says so, as in asyncio. */
  private static final int SILENT_DROPS = 5;

  private static final System.Logger LOG = System.getLogger("io.weir");

  private final Object lock;
  private final Callbacks callbacks;
  private final Owner owner;

  private final OneOperation operation = new OneOperation(); // guarded by lock
  private AsyncByteChannel channel; // guarded by lock, and fixed while a write is outstanding
  private WriteQueue queue = new WriteQueue(); // likewise
  private @Nullable Successor successor; // of the channel and the queue; guarded by lock
  private Phase phase = Phase.RUNNING; // guarded by lock
  private Output output = Output.OPEN; // guarded by lock
  private WriteLimits limits = WriteLimits.DEFAULTS; // guarded by lock
  private boolean overHigh; // guarded by lock; until the queue is down to the low mark
  private List<StreamFuture<@Nullable Void>> drains = List.of(); // guarded by lock
  private int inHand; // bytes that are being written directly; guarded by lock
  private int dropped; // writes, not bytes; guarded by lock
  private @Nullable IOException stopped; // set in STOPPED; guarded by lock
  private boolean flushed; // before it was STOPPED; guarded by lock
  private boolean endedByPeer; // and finished because of that; guarded by lock
  private int batchSize; // belongs to the one who has started the operation
  private boolean asked; // to tell the owner how what is in flight ends; guarded by lock
  private long count; // of the write that has completed; guarded by lock
  private @Nullable Throwable error; // of the write that has completed; guarded by lock

  WritePump(Object lock, AsyncByteChannel channel, Callbacks callbacks, Owner owner) {
    this.lock = lock;
    this.channel = channel;
    this.callbacks = callbacks;
    this.owner = owner;
  }

  /**
   * Hands the bytes to the channel as far as it takes them at once, and queues a copy of the rest.
   * Never blocks, never fails.
   */
  void write(byte[] data, int offset, int length, String call) {
    Fate fate;
    synchronized (lock) {
      fate = fateOf(length, call);
      if (fate == Fate.QUEUE || fate == Fate.HOLD) {
        lastQueue().addSmall(data, offset, length);
        noteSize();
      }
    }
    if (fate != Fate.HOLD && fate != Fate.NOTHING) {
      act(fate, ByteBuffer.wrap(data, offset, length), call);
    }
  }

  /** The same with what is in a buffer, whose position is not the caller's any more. */
  void write(ByteBuffer data, String call) {
    Fate fate;
    synchronized (lock) {
      fate = fateOf(data.remaining(), call);
      if (fate == Fate.QUEUE || fate == Fate.HOLD) {
        lastQueue().addSmall(data);
        noteSize();
      }
    }
    act(fate, data, call);
  }

  /** Decides what is done with a number of bytes. Called under the lock. */
  private Fate fateOf(int length, String call) {
    refuseAfterEof(call);
    if (length == 0) {
      return Fate.NOTHING;
    }
    if (phase != Phase.RUNNING) {
      return drop();
    }
    boolean hold = owner.holdsWrites() && size() + length <= limits.high();
    if (!hold && size() == 0 && operation.isIdle() && successor == null) {
      operation.start();
      inHand = length;
      return Fate.WRITE_DIRECTLY;
    }
    if (length > WriteQueue.SMALL) {
      return Fate.COPY;
    }
    return hold ? Fate.HOLD : Fate.QUEUE;
  }

  /** Does what is not done under the lock. */
  private void act(Fate fate, ByteBuffer data, String call) {
    switch (fate) {
      case WRITE_DIRECTLY -> writeDirectly(data);
      case COPY -> copyAndQueue(data, call);
      case QUEUE -> run();
      case WARN -> warnOfDrops();
      case HOLD, NOTHING -> {}
    }
  }

  private void copyAndQueue(ByteBuffer data, String call) {
    // It takes time, in which nobody should have to wait for the lock.
    List<ByteBuffer> copies = WriteQueue.copyOf(data);
    Fate fate = Fate.QUEUE;
    synchronized (lock) {
      refuseAfterEof(call); // which another thread may have asked for meanwhile, or to close
      if (phase == Phase.RUNNING) {
        lastQueue().addAll(copies);
        noteSize();
      } else {
        fate = drop();
      }
    }
    if (fate == Fate.WARN) {
      warnOfDrops();
    }
    run();
  }

  private Fate drop() {
    return ++dropped == SILENT_DROPS ? Fate.WARN : Fate.NOTHING;
  }

  private WriteQueue lastQueue() {
    return successor == null ? queue : successor.queue;
  }

  private void noteSize() {
    overHigh = overHigh || size() > limits.high();
  }

  /** The operation is ours, and nothing is queued. */
  private void writeDirectly(ByteBuffer data) {
    boolean more;
    boolean tell;
    List<StreamFuture<@Nullable Void>> drained;
    try {
      int written = writeNow(data);
      List<ByteBuffer> rest = data.hasRemaining() ? WriteQueue.copyOf(data) : List.of();
      synchronized (lock) {
        tell = written > 0 && takeAsked();
        more = landed(written, rest);
        drained = drainedNow(); // others may have been told to wait meanwhile
      }
    } catch (Throwable failure) { // of the channel, or no memory; the operation is never idle again
      owner.writeFailed(failure);
      return;
    }
    if (tell) {
      owner.writeSucceeded();
    }
    completeAll(drained, null);
    if (more) {
      run();
    }
  }

  /** In pieces, as the JDK copies what it is given, however much it can write of it. */
  private int writeNow(ByteBuffer data) throws IOException {
    int end = data.limit();
    int start = data.position();
    boolean goesOn = true;
    while (goesOn) {
      data.limit(data.position() + Math.min(end - data.position(), WriteQueue.MAX_CHUNK));
      channel.writeNow(data);
      goesOn = !data.hasRemaining() && data.limit() < end;
    }
    data.limit(end);
    return data.position() - start;
  }

  /** The channel has taken some bytes, and the rest comes before all that others have queued. */
  private boolean landed(int written, List<ByteBuffer> rest) {
    inHand = 0;
    if (written > 0) {
      owner.progressed();
    }
    if (phase != Phase.STOPPED) {
      queue.addAllFirst(rest);
      noteSize();
    }
    operation.idle();
    return size() > 0 || phase != Phase.RUNNING || output != Output.OPEN || successor != null;
  }

  private void warnOfDrops() {
    AsyncByteChannel closed;
    synchronized (lock) {
      closed = channel;
    }
    LOG.log(
        Level.WARNING,
        () ->
            "writes to "
                + Printable.text(closed.toString())
                + " are dropped: it is closed; see drain() or isClosing()");
  }

  private void refuseAfterEof(String call) {
    if (output != Output.OPEN) {
      throw new IllegalStateException(
          "Cannot call " + call + "() after writeEof(): the outgoing half has been ended");
    }
  }

  /** Ends the outgoing half behind what is queued. */
  void writeEof() {
    synchronized (lock) {
      if (phase != Phase.RUNNING || output != Output.OPEN) {
        return;
      }
      output = Output.EOF_ASKED;
    }
    run();
  }

  /**
   * Completes when the queue is small enough to write on; see {@link StreamWriter#drain}. Called
   * under the lock.
   */
  CompletableFuture<@Nullable Void> drain() {
    if (hasSentAllToPeerThatEnded()) {
      return StreamFuture.done();
    }
    if (stopped != null) {
      return StreamFuture.failed(stopped);
    }
    if (phase != Phase.RUNNING && (dropped > 0 || size() == 0)) {
      return StreamFuture.failed(ConnectionLostException.closed(endedByPeer));
    }
    if (!overHigh) {
      return StreamFuture.done();
    }
    StreamFuture<@Nullable Void> drain = new StreamFuture<>();
    drains = StreamFuture.plus(drains, drain);
    return drain;
  }

  /** A peer that has got everything may go before the writer asks: nothing is lost by that. */
  private boolean hasSentAllToPeerThatEnded() {
    boolean sentAll = phase == Phase.STOPPED ? flushed : size() == 0;
    return endedByPeer && sentAll && dropped == 0;
  }

  /**
   * Does what there is to do next, unless a write is outstanding. Not to be called under the lock.
   */
  void run() {
    try {
      pump();
    } catch (Throwable failure) { // a bug, or no memory: ends as any other failure does
      owner.writeFailed(failure);
    }
  }

  private void pump() {
    while (true) {
      switch (next()) {
        case WRITE -> {
          if (!writeBatch()) {
            return;
          }
        }
        case SEND_EOF -> sendEof();
        case SWITCH -> owner.switched();
        case TELL_FLUSHED -> {
          owner.flushed();
          return;
        }
        case NOTHING -> {
          return;
        }
      }
    }
  }

  private Next next() {
    synchronized (lock) {
      if (!operation.isIdle() || phase == Phase.STOPPED) {
        return Next.NOTHING;
      }
      if (!queue.isEmpty()) {
        operation.start();
        batchSize = queue.fillBatch();
        return Next.WRITE;
      }
      if (successor != null) {
        channel = successor.channel;
        queue = successor.queue;
        successor = null;
        return Next.SWITCH;
      }
      if (phase == Phase.FINISHING) {
        phase = Phase.FLUSHED;
        return Next.TELL_FLUSHED;
      }
      if (phase == Phase.RUNNING && output == Output.EOF_ASKED) {
        operation.start(); // so that nobody finds us flushed, and closes, before it is sent
        output = Output.EOF_SENT;
        return Next.SEND_EOF;
      }
      return Next.NOTHING;
    }
  }

  private boolean writeBatch() {
    channel.write(queue.batch(), batchSize, this);
    boolean inside;
    synchronized (lock) {
      inside = operation.started();
    }
    if (inside) {
      handle();
    }
    return inside;
  }

  private void sendEof() {
    try {
      channel.shutdownOutput();
    } catch (IOException e) {
      owner.writeFailed(e); // and the operation is never idle again
      return;
    }
    boolean tell;
    synchronized (lock) {
      operation.idle();
      tell = takeAsked();
    }
    if (tell) {
      owner.writeSucceeded();
    }
  }

  @Override
  public void completed(Long bytes, @Nullable Void attachment) {
    complete(bytes, null);
  }

  @Override
  public void failed(Throwable cause, @Nullable Void attachment) {
    complete(0, cause);
  }

  private void complete(long bytes, @Nullable Throwable cause) {
    synchronized (lock) {
      count = bytes;
      error = cause;
      if (!operation.completed()) {
        return;
      }
    }
    try {
      handle();
      pump();
    } catch (Throwable failure) {
      owner.writeFailed(failure);
    }
  }

  private void handle() {
    Throwable cause;
    List<StreamFuture<@Nullable Void>> drained = List.of();
    boolean tell;
    synchronized (lock) {
      tell = takeAsked();
      cause = error;
      error = null;
      if (cause != null || phase == Phase.STOPPED) {
        queue.landed();
      } else {
        owner.progressed();
        queue.written(count);
        drained = drainedNow();
        operation.idle();
      }
    }
    if (cause != null) {
      owner.writeFailed(cause); // and the operation is never idle again
    } else if (tell) {
      owner.writeSucceeded();
    }
    completeAll(drained, null);
  }

  private List<StreamFuture<@Nullable Void>> drainedNow() {
    if (!overHigh || size() > limits.low()) {
      return List.of();
    }
    overHigh = false;
    List<StreamFuture<@Nullable Void>> drained = drains;
    drains = List.of();
    return drained;
  }

  private void completeAll(
      List<StreamFuture<@Nullable Void>> waiters, @Nullable IOException failure) {
    for (StreamFuture<@Nullable Void> waiter : waiters) {
      callbacks.run(() -> StreamFuture.end(waiter, failure));
    }
  }

  /**
   * Takes no more; what is queued is still written, then the owner is told. Then run.
   *
   * @param byPeer whether that is as the peer has ended the connection
   */
  void finish(boolean byPeer) {
    phase = Phase.FINISHING;
    endedByPeer = byPeer;
  }

  /**
   * Stops, and drops the queue to have its memory back. Called under the lock; then stop, which
   * says why.
   *
   * @return how many bytes it had
   */
  long giveBack() {
    long unsent = size();
    halt();
    return unsent;
  }

  /**
   * Drops the queue and fails who waits for it. Called under the lock.
   *
   * @return completes those who waited, to be run after the lock
   */
  Runnable stop(IOException why) {
    List<StreamFuture<@Nullable Void>> waiting = drains;
    Runnable failing = () -> completeAll(waiting, why); // first, as it may find no memory
    halt();
    stopped = why;
    drains = List.of();
    return failing;
  }

  private void halt() {
    flushed |= phase == Phase.FLUSHED;
    phase = Phase.STOPPED;
    queue.clear();
    successor = null;
    inHand = 0;
  }

  /**
   * Whether a write is in flight, of which the owner will be told how it ends. Called under the
   * lock.
   */
  boolean askWhetherItSucceeds() {
    asked = !operation.isIdle();
    return asked;
  }

  private boolean takeAsked() {
    boolean taken = asked;
    asked = false;
    return taken;
  }

  /** How many bytes are queued or in flight. Called under the lock. */
  long size() {
    return inHand + queue.size() + (successor == null ? 0 : successor.queue.size());
  }

  /**
   * Writes what is queued from now on to another channel, when the old one has been handed what is
   * queued now. Called under the lock; then run.
   */
  void switchTo(AsyncByteChannel next) {
    successor = new Successor(next, new WriteQueue());
  }

  /** Whether the outgoing half has been ended. Called under the lock. */
  boolean hasEnded() {
    return output != Output.OPEN;
  }

  WriteLimits limits() {
    return limits;
  }

  /** Sets the watermarks, which may pause writers at once. Called under the lock. */
  void limits(WriteLimits newLimits) {
    limits = newLimits;
    overHigh = overHigh || size() > newLimits.high();
  }
}
