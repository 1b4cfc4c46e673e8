package io.weir.internal.stream;

import io.weir.internal.concurrent.FutureList;
import io.weir.internal.concurrent.StreamFuture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The incoming half of a connection: the received bytes, how the stream ended, the pending read,
 * and whether the channel is to be read. Plain data: it knows neither lock nor channel nor thread.
 *
 * <p>The mode says what happens to the bytes of the channel, and how long it is read:
 *
 * <pre>
 *              | read the channel?            | bytes read from it
 *   -----------+------------------------------+---------------------
 *   BUFFERING  | unless paused or full        | go to the reader
 *   DRAINING   | until it ends or fails       | go to the reader
 *   DISCARDING | until it ends or fails       | are discarded
 *   STOPPED    | no                           | are discarded
 *   ENDED      | no, and never again          | none
 *
 *   BUFFERING --drain()----> DRAINING
 *   BUFFERING --discard()--> DISCARDING   (also from STOPPED)
 *   any       --stop()-----> STOPPED      (but ENDED stays)
 *   any       --EOF, channel closed--> ENDED
 * </pre>
 *
 * <p>Back-pressure: when more than twice the limit is buffered, the channel is not read until at
 * most the limit is left or a read is pending.
 */
final class InputState {

  private enum Mode {
    BUFFERING,
    DRAINING,
    DISCARDING,
    STOPPED,
    ENDED
  }

  /** Whether more bytes may be buffered. */
  private enum Room {
    YES,
    NO
  }

  /** Whether the program has paused reading. */
  private enum Pause {
    NONE,
    BY_PROGRAM
  }

  /** What became of a read. */
  enum Answer {
    /** It has its bytes or its failure, and is to be completed outside the lock. */
    ANSWERED,
    /** It waits for bytes. */
    PENDING,
    /** Another read is pending. */
    REFUSED
  }

  private final ByteQueue bytes;
  private Mode mode = Mode.BUFFERING;
  private Room room = Room.YES;
  private Pause pause = Pause.NONE;
  @Nullable PendingRead<?> pending;
  private long received; // bytes from the channel
  private long pendingSince; // by the clock, while a read is pending
  private @Nullable DirectRead direct; // while the channel reads into the buffer of a pending read
  private @Nullable FutureList<StreamFuture<@Nullable Void>> endWaiters;

  InputState(int limit) {
    bytes = new ByteQueue(limit);
  }

  ByteQueue bytes() {
    return bytes;
  }

  // ---- reads of the program ----

  /** Answers a read from what is buffered, or makes it the pending read. */
  Answer read(PendingRead<?> read, long now) {
    if (read.isReady(bytes)) {
      if (read.claim()) {
        read.takeFrom(bytes);
        updateRoom();
      }
      return Answer.ANSWERED;
    }
    if (hasPendingRead()) {
      return Answer.REFUSED;
    }
    pending = read;
    pendingSince = now;
    room = Room.YES;
    return Answer.PENDING;
  }

  private boolean hasPendingRead() {
    return pending != null && pending.isUndecided();
  }

  private boolean lacksBytes() {
    return pending != null && pending.lacksBytes();
  }

  /** The pending read; to be called when another read was refused. */
  PendingRead<?> pendingRead() {
    return Objects.requireNonNull(pending, "no read is pending");
  }

  /**
   * Takes what a decoder has found in the bytes that were buffered when it looked.
   *
   * @param waits whether the read becomes the pending read when it needs more
   * @return null when the decoder has to look again, because something has changed
   */
  @Nullable Answer decoded(DecoderRead<?, ?> read, DecoderRead.View seen, boolean waits, long now) {
    if (bytes.version() != seen.version()) {
      read.beginAgain(); // other reads have taken bytes
      return null;
    }
    if (read.isDecided(seen)) {
      if (read.claim()) {
        read.takeFrom(bytes);
        updateRoom();
      }
      forget(read); // now, because an Error in between must not lose the read
      return Answer.ANSWERED;
    }
    if (read.isReadyAgain(bytes, seen)) {
      return null;
    }
    if (!waits) {
      return Answer.PENDING;
    }
    if (pending != read && hasPendingRead()) {
      return Answer.REFUSED;
    }
    if (pending != read) {
      pending = read;
      pendingSince = now;
    }
    room = Room.YES;
    read.rest();
    return Answer.PENDING;
  }

  private void forget(PendingRead<?> read) {
    if (pending == read) {
      pending = null;
    }
  }

  /** Keeps a read that cannot be published, because its thread has no stack left. */
  void notPublished(PendingRead<?> answered) {
    pending = answered;
    if (answered instanceof DecoderRead<?, ?> looking) {
      looking.rest();
    }
  }

  /** When the read that waits for bytes started, by the clock; null when none does. */
  @Nullable Long pendingSince() {
    return lacksBytes() ? pendingSince : null;
  }

  /** Notes that bytes were removed from the queue. */
  void updateRoom() {
    if (bytes.size() <= bytes.limit()) {
      room = Room.YES;
    }
  }

  /** Keeps the channel from being read before {@link #updateRoom}, unless a read is pending. */
  void holdBack() {
    room = Room.NO;
  }

  /** Adds a future that completes when the stream has ended. */
  void addEndWaiter(StreamFuture<@Nullable Void> waiter) {
    endWaiters = FutureList.with(endWaiters, waiter);
  }

  /** Removes the futures that complete when the stream has ended. */
  List<StreamFuture<@Nullable Void>> removeEndWaiters() {
    return endWaiters == null ? List.of() : endWaiters.removeAll();
  }

  // ---- reads of the channel ----

  /** Whether the channel is to be read. */
  boolean wantsBytes() {
    return switch (mode) {
      case BUFFERING -> pause == Pause.NONE && room == Room.YES && !hasEnded();
      case DRAINING, DISCARDING -> true;
      case STOPPED, ENDED -> false;
    };
  }

  /** Whether the channel is read for the program, or will be as soon as it has bytes. */
  boolean isReading() {
    return mode == Mode.BUFFERING && wantsBytes();
  }

  /**
   * Has the channel read into the buffer of the pending read, if that is a large direct one. To be
   * followed by the read's outcome or {@link #releaseDirect}.
   */
  @Nullable ByteBuffer chooseDirect() {
    if (mode != Mode.BUFFERING || pending == null || !bytes.isEmpty()) {
      return null;
    }
    direct = DirectRead.pin(pending);
    return direct == null ? null : direct.view();
  }

  /** Unpins the pending read, into whose buffer the channel has read nothing. */
  void releaseDirect() {
    if (direct != null) {
      direct.release();
      direct = null;
    }
  }

  /**
   * Takes the bytes of the completed read.
   *
   * @param shared the buffer that the channel's loop shares; null when there is none
   * @param count how many bytes were read, 0 or more
   * @return whether there were bytes, and they were not discarded
   */
  boolean received(@Nullable ByteBuffer shared, int count) {
    received += count;
    if (direct != null && count > 0) { // even if the stream has ended: they came before
      direct.complete(count, bytes);
      direct = null;
      updateFull();
      return true;
    }
    releaseDirect();
    if (count == 0 || (mode != Mode.BUFFERING && mode != Mode.DRAINING)) {
      return false;
    }
    ByteBuffer arriving = shared == null ? bytes.received(count) : shared.flip();
    if (arriving != null) {
      append(arriving);
    }
    updateFull();
    return true;
  }

  /** Returns how many bytes were read from the channel, including discarded ones. */
  long receivedBytes() {
    return received;
  }

  /**
   * Adds bytes. A pending read that takes any number of bytes is answered from them directly, so
   * that they are copied once. One that needs more than arrives at a time collects them in an array
   * of exactly their size.
   */
  private void append(ByteBuffer arriving) {
    PendingRead<?> read = pending;
    if (read != null && read.isUndecided()) {
      if (bytes.isEmpty()) {
        takeDirectly(read, arriving);
      } else {
        complete(read, arriving);
      }
    }
    bytes.append(arriving, expectedSize());
  }

  /** Answers a read with the first bytes that arrive. */
  private static void takeDirectly(PendingRead<?> read, ByteBuffer arriving) {
    int taken = read.takesOf(arriving.remaining());
    if (taken > 0 && read.claim()) {
      read.takeFrom(arriving, taken);
    }
  }

  /** The size that the queue has to reach for the pending read; 0 when it is unknown. */
  private int expectedSize() {
    PendingRead<?> read = pending;
    return read != null && read.isUndecided() ? read.expectedSize() : 0;
  }

  /** Answers a read with what is buffered and the first bytes that arrive, if they suffice. */
  private void complete(PendingRead<?> read, ByteBuffer arriving) {
    int last = read.completesWith(arriving.remaining(), bytes.size());
    if (last > 0) {
      int end = arriving.limit();
      bytes.append(arriving.limit(arriving.position() + last), expectedSize());
      arriving.limit(end);
      if (read.claim()) {
        read.takeFrom(bytes);
      }
    }
  }

  private void updateFull() {
    boolean full = !lacksBytes() && bytes.size() > 2L * bytes.limit();
    room = full ? Room.NO : Room.YES;
  }

  /** Adds bytes by hand. */
  void feed(byte[] data) {
    bytes.append(ByteBuffer.wrap(data));
    updateFull();
  }

  /**
   * Removes the pending read if it has its answer, or can be answered from the buffered bytes.
   *
   * @return the read, claimed, to be completed outside the lock; or null
   */
  @Nullable PendingRead<?> answer() {
    PendingRead<?> read = pending;
    if (read == null) {
      return null;
    }
    if (read.isClaimed()) {
      pending = null;
      return read;
    }
    if (read instanceof DecoderRead<?, ?> decoding) {
      return decoding.wake(bytes) ? read : null; // it stays pending, and looks outside the lock
    }
    if (read.isPinned() || !read.isReady(bytes)) {
      return null; // a pinned read is answered when the read into its buffer completes
    }
    boolean claimed = read.claim();
    if (claimed) {
      read.takeFrom(bytes);
      updateRoom();
    }
    pending = null; // only now, because an Error above must not lose the read
    return claimed ? read : null;
  }

  /**
   * Removes all buffered bytes. They do not count as received: the next channel returns them again.
   */
  byte[] removeAll() {
    byte[] all = bytes.take(bytes.size());
    received -= all.length;
    if (all.length > 0) {
      updateRoom();
    }
    return all;
  }

  // ---- modes ----

  /** Pauses or resumes reading, as the program asks. */
  void pause(boolean paused) {
    pause = paused ? Pause.BY_PROGRAM : Pause.NONE;
  }

  /** Stops reading. The outcome of a read that is under way is discarded. */
  void stop() {
    mode = mode == Mode.ENDED ? Mode.ENDED : Mode.STOPPED;
  }

  /** The channel has no more bytes, or is being closed. */
  void channelEnded() {
    mode = Mode.ENDED;
  }

  /** Reads everything that the channel still has for the reader, paused or not. */
  void drain() {
    if (mode == Mode.BUFFERING) {
      mode = Mode.DRAINING;
    }
  }

  /** Reads everything that the peer still sends, paused or not, and discards it. */
  void discard() {
    if (mode == Mode.BUFFERING || mode == Mode.STOPPED) {
      mode = Mode.DISCARDING;
    }
  }

  boolean isDiscarding() {
    return mode == Mode.DISCARDING;
  }

  boolean isStopped() {
    return mode == Mode.STOPPED || mode == Mode.ENDED;
  }

  // ---- the end ----

  /** Ends the stream after the buffered bytes, unless it has ended already. */
  void end(StreamEnd how) {
    bytes.end(how);
  }

  /** Whether the stream has ended, even if bytes are still buffered. */
  boolean hasEnded() {
    return bytes.end() != null;
  }

  boolean atEof() {
    StreamEnd end = bytes.end();
    return bytes.isEmpty() && end != null && end.isEof();
  }

  /** The error that ended the stream, or null. */
  @Nullable IOException exception() {
    StreamEnd end = bytes.end();
    return end == null ? null : end.error();
  }

  /** The error that broke the stream; null also when this side has stopped reading. */
  @Nullable IOException failure() {
    StreamEnd end = bytes.end();
    return end == null || end.isStopped() ? null : end.error();
  }

  /** Describes the reader, in the order of asyncio's repr. */
  String describe(int defaultLimit, @Nullable Object transport) {
    StringJoiner parts = new StringJoiner(", ", "StreamReader[", "]");
    StreamEnd end = bytes.end();
    addIf(!bytes.isEmpty(), parts, bytes.size() + " bytes");
    addIf(end != null && end.isEof(), parts, "eof");
    addIf(bytes.limit() != defaultLimit, parts, "limit=" + bytes.limit());
    addIf(hasPendingRead(), parts, "waiting for " + pending);
    addIf(end != null && !end.isEof(), parts, "exception=" + end);
    addIf(transport != null, parts, "transport=" + transport);
    addIf(room == Room.NO, parts, "paused");
    return parts.toString();
  }

  private static void addIf(boolean said, StringJoiner parts, String part) {
    if (said) {
      parts.add(part);
    }
  }
}
