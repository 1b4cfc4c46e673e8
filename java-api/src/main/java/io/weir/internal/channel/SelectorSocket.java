package io.weir.internal.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.concurrent.CompletionExecutor;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritePendingException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SocketChannel} on a {@link SelectorLoop}, as streams use it. A read is tried when the
 * selector reports OP_READ. A write is tried at once, and waits for OP_WRITE only when the kernel
 * accepts nothing. {@link SelectorSocketChannel} adds what other programs use.
 */
abstract class SelectorSocket extends AsynchronousSocketChannel
    implements AsyncByteChannel, SelectorLoop.Registered {

  /** The number of reads before other channels of the loop get their turn. */
  private static final int READS_IN_A_ROW = 4;

  private static final ByteBuffer NONE = ByteBuffer.allocate(0);
  private static final ByteBuffer[] NO_SOURCES = {};

  /** The bits of {@link #flags} besides the operations of interest. */
  static final int READS_REFUSED = 1 << 8;

  static final int WRITES_REFUSED = 1 << 9;
  static final int INPUT_SHUT_DOWN = 1 << 10;
  static final int OUTPUT_SHUT_DOWN = 1 << 11;
  private static final int LEFT_GROUP = 1 << 12;
  private static final int INTEREST = READS_REFUSED - 1;

  @SuppressWarnings("rawtypes")
  static final AtomicReferenceFieldUpdater<SelectorSocket, CompletionHandler> READER =
      AtomicReferenceFieldUpdater.newUpdater(
          SelectorSocket.class, CompletionHandler.class, "reader");

  @SuppressWarnings("rawtypes")
  static final AtomicReferenceFieldUpdater<SelectorSocket, CompletionHandler> WRITER =
      AtomicReferenceFieldUpdater.newUpdater(
          SelectorSocket.class, CompletionHandler.class, "writer");

  final SocketChannel channel;
  final SelectorLoop loop;
  final SelectionKey key;
  private volatile @Nullable SocketAddress localAddress; // null until it is bound
  private volatile @Nullable SocketAddress remoteAddress; // null until it is connected
  private @Nullable Object peerCredentials; // written before the remote address

  volatile int flags; // written under the lock of this, read without it

  /** The handler of the outstanding read. The thread that calls the handler removes it first. */
  private volatile @Nullable CompletionHandler<Integer, @Nullable Void> reader;

  private ByteBuffer destination = NONE; // written before the reader is

  /** The handler of the outstanding write. The thread that calls the handler removes it first. */
  private volatile @Nullable CompletionHandler<Long, @Nullable Void> writer;

  private ByteBuffer[] sources = NO_SOURCES; // written before the writer is
  private int sourceCount; // written before the writer is
  private final SocketOutput output;

  /**
   * Adopts a channel, connected or not.
   *
   * @throws IOException when the peer has already disconnected; the channel still belongs to the
   *     caller
   */
  SelectorSocket(SocketChannel channel, SelectorLoop loop) throws IOException {
    super(loop.group().provider());
    this.channel = channel;
    this.output = new SocketOutput(channel);
    this.loop = loop;
    channel.configureBlocking(false);
    SocketAddress remote = channel.getRemoteAddress();
    if (remote != null) {
      connectedTo(remote);
    }
    loop.group().channelOpened();
    try {
      this.key = loop.register(channel, this);
    } catch (Throwable closedOrNoMemory) {
      loop.group().channelClosed();
      throw closedOrNoMemory;
    }
  }

  /** Keeps what only a connected channel reports, for use after it has closed. */
  final void connectedTo(SocketAddress remote) throws IOException {
    if (remote instanceof UnixDomainSocketAddress) {
      peerCredentials = SocketOptions.peerCredentials(channel);
    }
    localAddress = channel.getLocalAddress();
    remoteAddress = remote;
  }

  /** Replaces the address to report as the local one. */
  final void boundTo(@Nullable SocketAddress local) {
    localAddress = local;
  }

  // ---- reads ----

  @Override
  public final void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
    if (reader != null) {
      throw new ReadPendingException();
    }
    destination = dst;
    reader = handler;
    if (!channel.isOpen()) {
      failLater(READER, handler, new ClosedChannelException());
    } else {
      awaitInput();
    }
  }

  final void awaitInput() {
    if (!is(SelectionKey.OP_READ)) {
      addInterest(SelectionKey.OP_READ);
    }
  }

  @Override
  public final ByteBuffer sharedBuffer() {
    return loop.buffer();
  }

  private void readReady() {
    int left = READS_IN_A_ROW;
    while (left-- > 0 && readOnce()) {
      // The buffer was filled, so more bytes are probably available.
    }
  }

  /** Reads once. Returns whether the read has filled its buffer and another read is outstanding. */
  private boolean readOnce() {
    CompletionHandler<Integer, @Nullable Void> handler = reader;
    if (handler == null) {
      removeInterest(SelectionKey.OP_READ);
      if (reader != null) { // a read started meanwhile, and found the interest set
        addInterest(SelectionKey.OP_READ);
      }
      return false;
    }
    Integer count; // boxed here, where an OutOfMemoryError fails the read
    boolean filled;
    try {
      if (handler instanceof SocketRead<?> read) {
        count = read.readFrom(channel);
        filled = !read.hasRemaining();
      } else {
        ByteBuffer room = room(handler);
        count = channel.read(room);
        filled = !room.hasRemaining();
      }
    } catch (Throwable e) { // also an OutOfMemoryError for the JDK's direct buffer
      failIfOutstanding(READER, handler, SocketOperation.failureOf(e));
      return false;
    }
    if (count == 0 && !filled) {
      readReturnedNothing(handler);
    } else if (READER.compareAndSet(this, handler, null)) {
      handler.completed(count, null);
    }
    return filled && reader != null && is(SelectionKey.OP_READ);
  }

  /**
   * Returns the buffer to read into. The shared buffer is cleared, because other channels have used
   * it since the read started.
   */
  @SuppressWarnings("ReferenceEquality") // this very buffer
  private ByteBuffer room(CompletionHandler<Integer, @Nullable Void> handler) {
    if (destination != loop.buffer()) {
      return destination;
    }
    ByteBuffer chosen =
        handler instanceof ReadBufferChooser chooser ? chooser.chooseBuffer(0) : null;
    return chosen == null ? destination.clear() : chosen;
  }

  private static void readReturnedNothing(CompletionHandler<Integer, @Nullable Void> handler) {
    if (handler instanceof ReadBufferChooser chooser) {
      chooser.readReturnedNothing();
    }
  }

  // ---- writes ----

  @Override
  public final void write(
      ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
    if (writer != null) {
      throw new WritePendingException();
    }
    sources = srcs;
    sourceCount = count;
    writer = handler;
    tryToWrite(handler);
  }

  @Override
  public final int writeNow(ByteBuffer src) throws IOException {
    if (!loop.mayWrite(this)) {
      return 0;
    }
    int count = output.write(src);
    loop.wrote(count);
    return count;
  }

  private void writeReady() {
    removeInterest(SelectionKey.OP_WRITE);
    CompletionHandler<Long, @Nullable Void> handler = writer;
    if (handler != null) {
      tryToWrite(handler);
    }
  }

  final void tryToWrite(CompletionHandler<Long, @Nullable Void> handler) {
    long count = 0;
    try {
      if (loop.mayWrite(this)) {
        count = writeTo(handler);
        loop.wrote(count);
      }
    } catch (Throwable e) { // also an OutOfMemoryError for the JDK's direct buffer
      failIfOutstanding(WRITER, handler, SocketOperation.failureOf(e));
      return;
    }
    if (count == 0) {
      addInterest(SelectionKey.OP_WRITE);
    } else if (WRITER.compareAndSet(this, handler, null)) {
      handler.completed(count, null);
    }
  }

  private long writeTo(CompletionHandler<Long, @Nullable Void> handler) throws IOException {
    if (handler instanceof SocketWrite<?> write) {
      return write.writeTo(channel);
    }
    return sourceCount == 1 ? output.write(sources[0]) : output.write(sources, sourceCount);
  }

  @Override
  public final long stopWriting() {
    return output.stop();
  }

  // ---- readiness ----

  @Override
  public final void ready(int operations) {
    if ((operations & SelectionKey.OP_READ) != 0) {
      readReady();
    }
    if ((operations & SelectionKey.OP_WRITE) != 0) {
      writeReady();
    }
  }

  final void addInterest(int operation) {
    synchronized (this) {
      flags |= operation;
      updateKey();
    }
    loop.wakeUp();
  }

  final synchronized void removeInterest(int operation) {
    flags &= ~operation;
    updateKey();
  }

  @GuardedBy("this")
  private void updateKey() {
    try {
      key.interestOps(flags & INTEREST);
    } catch (CancelledKeyException closed) { // by another thread, at any moment
      // abort() fails the pending operations.
    }
  }

  final boolean hasReader() {
    return reader != null;
  }

  final boolean hasWriter() {
    return writer != null;
  }

  /** Returns whether a flag is set. */
  final boolean is(int flag) {
    return (flags & flag) != 0;
  }

  /** Sets a flag. Returns false when it was set already. */
  final synchronized boolean set(int flag) {
    boolean was = is(flag);
    flags |= flag;
    return !was;
  }

  // ---- close ----

  @Override
  public final boolean canEndOutput() {
    return true;
  }

  @Override
  public final void endOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public final void close(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    abort();
    handler.completed(null, null);
  }

  @Override
  public final void close() {
    abort();
  }

  @Override
  public final void onLoopStopped() {
    abort();
  }

  @Override
  public final void abort() {
    Closeables.closeQuietly(channel);
    loop.wakeUp();
    failLater(READER, reader, new AsynchronousCloseException());
    failLater(WRITER, writer, new AsynchronousCloseException());
    SocketConnect connecting = connecting();
    if (connecting != null) {
      loop.execute(connecting::closed);
    }
    if (set(LEFT_GROUP)) {
      loop.group().channelClosed();
    }
  }

  /** Returns the outstanding connect, which replaces this channel as the attachment of the key. */
  @SuppressWarnings("NullAway") // a loop that stops may close a channel that is being registered
  private synchronized @Nullable SocketConnect connecting() {
    SelectionKey registered = key;
    return registered != null && registered.attachment() instanceof SocketConnect connect
        ? connect
        : null;
  }

  /**
   * Fails an operation on the loop's thread. The caller of {@link #abort} may hold a lock that the
   * handler needs, and the loop may be inside the read.
   */
  @SuppressWarnings("rawtypes")
  final void failLater(
      AtomicReferenceFieldUpdater<SelectorSocket, CompletionHandler> field,
      @Nullable CompletionHandler<?, @Nullable Void> handler,
      IOException error) {
    if (handler != null) {
      loop.execute(() -> failIfOutstanding(field, handler, error));
    }
  }

  @SuppressWarnings("rawtypes")
  private void failIfOutstanding(
      AtomicReferenceFieldUpdater<SelectorSocket, CompletionHandler> field,
      CompletionHandler<?, @Nullable Void> handler,
      Throwable error) {
    if (field.compareAndSet(this, handler, null)) {
      handler.failed(error, null);
    }
  }

  // ---- the socket ----

  @Override
  public final CompletionExecutor completions() {
    return loop.completions();
  }

  @Override
  public final boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public final @Nullable SocketAddress localAddress() {
    return localAddress;
  }

  @Override
  public final @Nullable SocketAddress remoteAddress() {
    return remoteAddress;
  }

  @Override
  public final Set<SocketOption<?>> supportedOptions() {
    return channel.supportedOptions();
  }

  @Override
  public final <T> @Nullable T option(SocketOption<T> name) throws IOException {
    return channel.getOption(name);
  }

  @Override
  public final <T> void option(SocketOption<T> name, T value) throws IOException {
    channel.setOption(name, value);
  }

  @Override
  public final @Nullable Object extraInfo(String name) {
    return name.equals("peercred") ? peerCredentials : null;
  }
}
