package io.weir;

import io.weir.internal.time.Timers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The reading end of a stream: what has arrived, and the one who waits for more. Bytes come in from
 * {@link ReadPump}, or by hand.
 *
 * <p>Reading pauses while more than twice the limit is buffered, and goes on when the limit or less
 * is left, or when somebody waits. The bytes for a waiter are taken after its claim, under the
 * lock; the waiter is completed after the lock. Only into a large direct buffer the channel reads
 * by itself, while the waiter is kept from leaving.
 */
final class Inbox {

  /**
   * How often the stack is looked at: once in so many reads that are answered on the spot, and less
   * often for as long as it does not grow. Where it is deep, and somebody else can complete the
   * future, a read gets its bytes as well, but its future completes when the callback has returned
   * (or in a task of its own, on a user's executor). So a callback that reads in a callback that
   * reads does not fill the stack.
   */
  private static final int FEW_ANSWERS = 64;

  private static final int MANY_ANSWERS = 256;
  private static final int DEEP_STACK = 512; // frames

  /** For fewer bytes a copy is cheaper than a system call that brings no more than they. */
  private static final int DIRECT_FROM = 4 * 1024;

  private static final StackWalker STACK = StackWalker.getInstance();

  /** Who is told what follows from reading. Called without the lock. */
  interface Owner {

    /** Reading from the channel can go on after a pause. */
    void roomAgain();

    /** The callbacks have run of which {@link #holdsWrites} has been true. */
    void release();
  }

  /** When the future of a read completes that has its answer. */
  private enum Moment {
    NOW,
    IN_A_TASK,
    LATER
  }

  private final Object lock;
  private final Callbacks callbacks;
  private final Owner owner;

  private final ReadBuffer buffer; // guarded by lock
  private @Nullable ReadWaiter<?> waiter; // guarded by lock
  private volatile boolean mayFillDirectly; // a hint, for who has not got the lock
  private @Nullable ReadWaiter<?>
      answered; // the first of those to be completed by who delivers; guarded by lock
  private boolean full; // guarded by lock; reading is paused until there is room
  private @Nullable Thread deliverer; // is in callbacks; guarded by lock
  private List<Thread> moreDeliverers = List.of(); // the same, nested or at once; guarded by lock
  private boolean held; // writes, until the callbacks have run; guarded by lock
  private int answersUntilLook = FEW_ANSWERS; // guarded by lock
  private int answersBetweenLooks = FEW_ANSWERS; // guarded by lock
  private long lastDepth; // of the stack, in frames; guarded by lock
  private final @Nullable Timers clock;
  private long waitingSince; // by the clock, while there is a waiter; guarded by lock
  private List<EndWaiter> endWaiters = List.of(); // guarded by lock

  /**
   * Makes an empty inbox.
   *
   * @param clock tells since when a read waits; null when nobody wants to know
   */
  Inbox(Object lock, Terms terms, @Nullable Timers clock, Owner owner) {
    this.lock = lock;
    this.callbacks = terms.callbacks();
    this.clock = clock;
    this.owner = owner;
    this.buffer = new ReadBuffer(terms.limit());
  }

  /** Takes what is asked for, now or as soon as it is there. */
  CompletableFuture<byte[]> read(ReadRequest request, Object reader) {
    return ask(new Take(this, request, reader));
  }

  /** Puts some bytes into a buffer, now or as soon as there are some. */
  CompletableFuture<Integer> read(ByteBuffer destination, Object reader) {
    return ask(new Fill(this, destination, reader));
  }

  private <T> CompletableFuture<T> ask(ReadWaiter<T> newcomer) {
    CompletableFuture<T> answer = newcomer;
    Moment moment = Moment.LATER;
    boolean resume;
    synchronized (lock) {
      boolean wasFull = full;
      if (newcomer.request.isReady(buffer)) {
        newcomer.claimUnshared();
        newcomer.takeFrom(buffer);
        updateFull();
        moment = momentToAnswer(newcomer);
      } else {
        answer = register(newcomer);
      }
      resume = wasFull && !full;
    }
    resumeIf(resume);
    switch (moment) {
      case NOW -> newcomer.run();
      case IN_A_TASK -> callbacks.run(newcomer);
      case LATER -> {}
    }
    return answer;
  }

  /** A read that is answered on the spot completes at once, unless the stack is deep. */
  private Moment momentToAnswer(ReadWaiter<?> answeredAlready) {
    if (mayAnswerNow()) {
      return Moment.NOW;
    }
    if (callbacks.onExecutor()) {
      return Moment.IN_A_TASK;
    }
    addAnswered(answeredAlready);
    return Moment.LATER;
  }

  /** Waits until what is asked for can be taken, and takes nothing. */
  CompletableFuture<@Nullable Void> whenReady(ReadRequest request, Object reader) {
    CompletableFuture<@Nullable Void> signal;
    boolean resume;
    synchronized (lock) {
      if (request.isReady(buffer)) {
        return StreamFuture.done();
      }
      boolean wasFull = full;
      signal = register(new Signal(this, request, reader));
      resume = wasFull && !full;
    }
    resumeIf(resume);
    return signal;
  }

  /** Takes what is asked for if it is there; null if it is not. */
  byte @Nullable [] poll(ReadRequest request) throws IOException {
    return poll(request, request::take);
  }

  /** Puts some bytes into a buffer if there are some; null if there are none. */
  @Nullable Integer poll(ByteBuffer destination) throws IOException {
    return poll(
        ReadRequest.upTo(destination.remaining()), bytes -> ReadRequest.fill(destination, bytes));
  }

  /** How an answer that is there is taken. */
  @FunctionalInterface
  private interface Taking<T> {
    T from(ReadBuffer buffer) throws IOException;
  }

  private <T> @Nullable T poll(ReadRequest request, Taking<T> taking) throws IOException {
    boolean resume = false;
    try {
      synchronized (lock) {
        if (!request.isReady(buffer)) {
          return null;
        }
        boolean wasFull = full;
        try {
          return taking.from(buffer);
        } finally {
          updateFull();
          resume = wasFull && !full;
        }
      }
    } finally {
      resumeIf(resume);
    }
  }

  private boolean mayAnswerNow() {
    if (--answersUntilLook > 0) {
      return true;
    }
    boolean canWait = callbacks.onExecutor() || isDelivering(Thread.currentThread());
    long depth = canWait ? STACK.walk(frames -> frames.limit(DEEP_STACK).count()) : 0;
    boolean grows = depth > lastDepth || depth == DEEP_STACK; // beyond which it is not counted
    lastDepth = depth;
    answersBetweenLooks = grows ? FEW_ANSWERS : Math.min(2 * answersBetweenLooks, MANY_ANSWERS);
    answersUntilLook = answersBetweenLooks;
    return depth < DEEP_STACK;
  }

  private <T> CompletableFuture<T> register(ReadWaiter<T> newcomer) {
    ReadWaiter<?> earlier = waiter;
    if (earlier != null && !earlier.hasLeft()) {
      return StreamFuture.failed(
          new IllegalStateException(
              "read of "
                  + newcomer.request
                  + " called while another read, of "
                  + earlier.request
                  + ", is already waiting for incoming data: wait for it, or cancel it"));
    }
    waiter = newcomer;
    mayFillDirectly = newcomer.isDirect();
    waitingSince = clock == null ? 0 : clock.nanoTime();
    full = false;
    return newcomer;
  }

  private void forget(ReadWaiter<?> leaving) {
    synchronized (lock) {
      waiter = waiter == leaving ? null : waiter;
    }
  }

  /** Since when a read has been waiting, by the clock; null when none is. */
  @Nullable Long waitingSince() {
    synchronized (lock) {
      return waiter == null || waiter.hasLeft() ? null : waitingSince;
    }
  }

  /** Completes when the stream has ended, however, and whatever is still buffered. */
  CompletableFuture<@Nullable Void> whenEnded(Object reader) {
    EndWaiter waiting;
    boolean resume;
    synchronized (lock) {
      if (hasEnded()) {
        return StreamFuture.done();
      }
      waiting = new EndWaiter(reader);
      endWaiters = StreamFuture.plus(endWaiters, waiting);
      boolean wasFull = full;
      updateFull(); // as nothing has been read yet, perhaps
      resume = wasFull && !full;
    }
    resumeIf(resume);
    return waiting;
  }

  private void resumeIf(boolean resume) {
    if (resume) {
      owner.roomAgain();
    }
  }

  /** Takes no bytes before {@link #open}, unless somebody waits for some. */
  void holdBack() {
    synchronized (lock) {
      full = true;
    }
  }

  /** Takes bytes from now on, as back-pressure allows. */
  void open() {
    synchronized (lock) {
      updateFull();
    }
  }

  /** Whether more bytes are welcome. Called under the lock. */
  boolean hasRoom() {
    return !full && buffer.end() == null;
  }

  /** Whether the stream has ended, whatever is still buffered. Called under the lock. */
  boolean hasEnded() {
    return buffer.end() != null;
  }

  /** The buffer, for the pump's landing. Called under the lock. */
  ReadBuffer buffer() {
    return buffer;
  }

  /**
   * Tells that bytes were added to the buffer. Called under the lock; to be followed by deliver.
   */
  void arrived() {
    boolean somebodyWaits = waiter != null && !waiter.hasLeft();
    full = !somebodyWaits && buffer.size() > 2L * buffer.limit();
  }

  /**
   * Adds bytes that a loop has brought, and answers with them at once who waits for just some of
   * them, so that they are not copied twice. Called under the lock; to be followed by deliver.
   */
  void arrived(ByteBuffer bytes) {
    answersUntilLook = FEW_ANSWERS; // no callback is under a loop, so the stack is not deep yet
    ReadWaiter<?> candidate = waiter;
    if (candidate != null && buffer.isEmpty()) {
      int direct = candidate.directly(bytes.remaining());
      if (direct > 0 && candidate.claim()) {
        waiter = null;
        candidate.takeFrom(bytes, direct);
        addAnswered(candidate);
      }
    }
    buffer.append(bytes);
    arrived();
  }

  /**
   * Whether {@link #tryDirectly} may have a buffer, as far as can be seen without the lock. (When
   * it is wrong, the bytes are copied once more.)
   */
  boolean mayFillDirectly() {
    return mayFillDirectly;
  }

  /**
   * The direct buffer of who waits for bytes, for the channel to read into at once; null if there
   * is none. The waiter cannot leave until {@link #arrivedDirectly} or {@link #nothingCame}. Called
   * under the lock.
   */
  @Nullable ByteBuffer tryDirectly() {
    if (waiter == null || !buffer.isEmpty()) {
      return null;
    }
    ByteBuffer view = waiter.directView();
    return view != null && waiter.tryClaim() ? view : null;
  }

  /**
   * The channel has put bytes into the buffer of who waits, before the position of its view. Called
   * under the lock; to be followed by deliver.
   */
  void arrivedDirectly(ByteBuffer view, int count) {
    ReadWaiter<?> tried = Objects.requireNonNull(waiter, "who is tried does not leave");
    answersUntilLook = FEW_ANSWERS;
    waiter = null;
    tried.tried(/* answered= */ true);
    boolean filled = tried.isFilled(view, count);
    addAnswered(tried);
    if (!filled) {
      buffer.append(view.duplicate().flip().position(view.position() - count));
    }
    arrived();
  }

  /** The channel has put nothing into the buffer of who waits. Called under the lock; likewise. */
  void nothingCame() {
    Objects.requireNonNull(waiter, "who is tried does not leave").tried(/* answered= */ false);
  }

  /** Takes out what nobody has read, for somebody else to read. Called under the lock. */
  byte[] takeAll() {
    byte[] all = buffer.take(buffer.size());
    if (all.length > 0) {
      updateFull();
    }
    return all;
  }

  /** Drops what nobody has read, to have its memory back. Called under the lock; then end. */
  void giveBack() {
    buffer.drop(buffer.size());
  }

  private void updateFull() {
    full = full && buffer.size() > buffer.limit();
  }

  /** Ends the stream. Called under the lock; to be followed by deliver. */
  void end(StreamEnd how) {
    buffer.end(how);
  }

  /**
   * Whether what is written now is better written when the callback that runs on this thread has
   * returned: there is more for it to read, and so it will write more, probably. Called under the
   * lock; the owner is told when it is time.
   */
  boolean holdsWrites() {
    boolean hold = !buffer.isEmpty() && isDelivering(Thread.currentThread());
    held = held || hold;
    return hold;
  }

  /** Answers those who wait, as far as what is buffered goes. Not to be called under the lock. */
  void deliver() {
    ReadWaiter<?> next;
    List<EndWaiter> ended;
    synchronized (lock) {
      ended = takeEndWaiters();
      next = nextAnswered();
      if (next == null && ended.isEmpty()) {
        return;
      }
      enter(Thread.currentThread());
    }
    try {
      ended.forEach(waiting -> callbacks.run(() -> waiting.complete(null)));
      while (next != null) {
        callbacks.run(next);
        synchronized (lock) {
          next = nextAnswered();
        }
      }
    } finally {
      leave();
    }
  }

  private void leave() {
    boolean release;
    synchronized (lock) {
      exit(Thread.currentThread());
      release = held;
      held = false;
    }
    if (release) {
      owner.release();
    }
  }

  private void enter(Thread thread) {
    if (deliverer == null) {
      deliverer = thread;
    } else {
      moreDeliverers = moreDeliverers.isEmpty() ? new ArrayList<>(1) : moreDeliverers;
      moreDeliverers.add(thread);
    }
  }

  private void exit(Thread thread) {
    if (moreDeliverers.isEmpty() || !moreDeliverers.remove(thread)) {
      deliverer = null;
    }
  }

  private boolean isDelivering(Thread thread) {
    return thread == deliverer || moreDeliverers.contains(thread);
  }

  private List<EndWaiter> takeEndWaiters() {
    if (!hasEnded() || endWaiters.isEmpty()) {
      return List.of();
    }
    List<EndWaiter> taken = endWaiters;
    endWaiters = List.of();
    return taken;
  }

  private @Nullable ReadWaiter<?> nextAnswered() {
    ReadWaiter<?> first = answered;
    if (first == null) {
      return answerWaiter();
    }
    answered = first.next;
    first.next = null;
    return first;
  }

  private void addAnswered(ReadWaiter<?> newcomer) {
    ReadWaiter<?> last = answered;
    if (last == null) {
      answered = newcomer;
      return;
    }
    while (last.next != null) {
      last = last.next;
    }
    last.next = newcomer;
  }

  private @Nullable ReadWaiter<?> answerWaiter() {
    ReadWaiter<?> candidate = waiter;
    if (candidate == null || candidate.isTried() || !candidate.request.isReady(buffer)) {
      return null; // who tries delivers
    }
    waiter = null;
    if (!candidate.claim()) {
      return null;
    }
    candidate.takeFrom(buffer);
    updateFull();
    return candidate;
  }

  /** Adds bytes by hand. */
  void feed(byte[] data) {
    synchronized (lock) {
      if (buffer.end() != null) {
        throw new IllegalStateException("feedData after feedEof: the stream has ended");
      }
      if (data.length == 0) {
        return;
      }
      buffer.append(data, data.length);
      arrived();
    }
    deliver();
  }

  /** Ends the stream by hand. */
  void feedEnd(StreamEnd how) {
    synchronized (lock) {
      end(how);
    }
    deliver();
  }

  boolean atEof() {
    synchronized (lock) {
      return buffer.isEmpty() && buffer.end() != null && buffer.end().isEof();
    }
  }

  @Nullable IOException exception() {
    synchronized (lock) {
      return buffer.end() == null ? null : buffer.end().error();
    }
  }

  /**
   * The error that broke the stream off, unless it is this side that takes no more. Called under
   * the lock.
   */
  @Nullable IOException failure() {
    StreamEnd end = buffer.end();
    return end == null || end.isStopped() ? null : end.error();
  }

  int limit() {
    return buffer.limit();
  }

  /** Says what there is to say, in asyncio's order. */
  String describe(int defaultLimit, @Nullable Object transport) {
    StringJoiner parts = new StringJoiner(", ", "StreamReader[", "]");
    synchronized (lock) {
      StreamEnd end = buffer.end();
      addIf(!buffer.isEmpty(), parts, buffer.size() + " bytes");
      addIf(end != null && end.isEof(), parts, "eof");
      addIf(buffer.limit() != defaultLimit, parts, "limit=" + buffer.limit());
      addIf(waiter != null && !waiter.hasLeft(), parts, "waiting for " + waiter);
      addIf(end != null && !end.isEof(), parts, "exception=" + end);
      addIf(transport != null, parts, "transport=" + transport);
      addIf(full, parts, "paused");
    }
    return parts.toString();
  }

  private static void addIf(boolean said, StringJoiner parts, String part) {
    if (said) {
      parts.add(part);
    }
  }

  /** One who waits for the end. */
  private static final class EndWaiter extends StreamFuture<@Nullable Void> {

    /** Keeps the reader, and with it the connection, while somebody waits. */
    @SuppressWarnings("unused")
    private final Object reader;

    EndWaiter(Object reader) {
      this.reader = reader;
    }
  }

  /** One who waits to read. */
  private abstract static class ReadWaiter<T> extends Waiter<T> {

    private final Inbox inbox;
    final ReadRequest request;
    @Nullable ReadWaiter<?> next; // of those that are answered; guarded by lock

    /** Keeps the reader, and with it the connection, while somebody waits for bytes from it. */
    @SuppressWarnings("unused")
    private final Object reader;

    ReadWaiter(Inbox inbox, ReadRequest request, Object reader) {
      this.inbox = inbox;
      this.request = request;
      this.reader = reader;
    }

    @Override
    public String toString() {
      return request.toString();
    }

    @Override
    final void left() {
      inbox.forget(this);
    }

    /** Called under the lock, after the claim. Must not throw, as nobody else would be told. */
    abstract void takeFrom(ReadBuffer buffer);

    /** The same, with bytes that are on their way into the buffer. */
    abstract void takeFrom(ByteBuffer arriving, int count);

    /** Whether it has a buffer that the channel can read into. */
    boolean isDirect() {
      return false;
    }

    /** A view of that buffer as it is now; null when there is none, or it cannot be used. */
    @Nullable ByteBuffer directView() {
      return null;
    }

    /**
     * The channel has read into the view; false, and the waiter fails, when its buffer has changed
     * meanwhile.
     */
    boolean isFilled(ByteBuffer view, int count) {
      throw new AssertionError("there is no view");
    }

    /** How many bytes it takes before they are in the buffer, of those that arrive. */
    int directly(int arriving) {
      return request.directly(arriving);
    }
  }

  /** Waits for the bytes. */
  private static final class Take extends ReadWaiter<byte[]> {

    Take(Inbox inbox, ReadRequest request, Object reader) {
      super(inbox, request, reader);
    }

    @Override
    void takeFrom(ReadBuffer buffer) {
      try {
        answer(request.take(buffer));
      } catch (Throwable failure) { // or no memory for a copy
        fail(failure);
      }
    }

    @Override
    void takeFrom(ByteBuffer arriving, int count) {
      try {
        byte[] taken = new byte[count];
        arriving.get(taken);
        answer(taken);
      } catch (Throwable noMemory) { // for a copy
        fail(noMemory);
      }
    }
  }

  /** Waits until some bytes have been put into a buffer of the user's. */
  private static final class Fill extends ReadWaiter<Integer> {

    private final ByteBuffer destination;

    Fill(Inbox inbox, ByteBuffer destination, Object reader) {
      super(inbox, ReadRequest.upTo(destination.remaining()), reader);
      this.destination = destination;
    }

    @Override
    boolean isDirect() {
      return destination.isDirect() && destination.remaining() >= DIRECT_FROM;
    }

    @Override
    @Nullable ByteBuffer directView() {
      if (!isDirect()) {
        return null;
      }
      try {
        ByteBuffer view = destination.duplicate();
        view.get(view.position()); // may be for another thread only, or not there any more
        return view;
      } catch (RuntimeException unusable) { // the copy fails as well, and this one read with it
        return null;
      }
    }

    @Override
    boolean isFilled(ByteBuffer view, int count) {
      try {
        destination.position(view.position());
        answer(count);
        return true;
      } catch (IllegalArgumentException failure) { // its user has changed the buffer meanwhile
        fail(failure);
        return false;
      }
    }

    @Override
    void takeFrom(ReadBuffer buffer) {
      try {
        answer(ReadRequest.fill(destination, buffer));
      } catch (Throwable failure) {
        fail(failure);
      }
    }

    @Override
    void takeFrom(ByteBuffer arriving, int count) {
      try {
        destination.put(arriving.duplicate().limit(arriving.position() + count));
        arriving.position(arriving.position() + count);
        answer(count);
      } catch (Throwable failure) { // its user has changed the buffer meanwhile
        fail(failure);
      }
    }
  }

  /** Waits until the bytes can be taken. */
  private static final class Signal extends ReadWaiter<@Nullable Void> {

    Signal(Inbox inbox, ReadRequest request, Object reader) {
      super(inbox, request, reader);
    }

    @Override
    void takeFrom(ReadBuffer buffer) {
      // The one who waits takes the bytes, if it still wants them, when it goes on.
    }

    @Override
    void takeFrom(ByteBuffer arriving, int count) {
      throw new AssertionError("a signal takes nothing");
    }

    @Override
    int directly(int arriving) {
      return 0;
    }
  }
}
