package io.weir.internal.channel;

import io.weir.internal.concurrent.CompletionExecutor;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritePendingException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SocketChannel} on a {@link SelectorLoop}: TCP, Unix domain sockets, and adopted
 * channels. A read is tried when the selector reports OP_READ. A write is tried at once, and waits
 * for OP_WRITE only when the kernel accepts nothing.
 */
public final class SelectorChannel extends NetworkSocket
    implements AsyncByteChannel, SelectorLoop.Registered {

  /** The number of reads before other channels of the loop get their turn. */
  private static final int READS_IN_A_ROW = 4;

  private static final ByteBuffer NONE = ByteBuffer.allocate(0);
  private static final ByteBuffer[] NO_SOURCES = {};

  @SuppressWarnings("rawtypes")
  private static final AtomicReferenceFieldUpdater<SelectorChannel, CompletionHandler> READER =
      outstanding("reader");

  @SuppressWarnings("rawtypes")
  private static final AtomicReferenceFieldUpdater<SelectorChannel, CompletionHandler> WRITER =
      outstanding("writer");

  private final SocketChannel channel;
  private final SelectorLoop loop;
  private final SelectionKey key;
  private final @Nullable SocketAddress localAddress;
  private final @Nullable SocketAddress remoteAddress;

  private final @Nullable UnixDomainPrincipal peerCredentials;

  private volatile int interest; // written under the lock of this, read without it

  /** The handler of the outstanding read. The thread that calls the handler removes it first. */
  private volatile @Nullable CompletionHandler<Integer, @Nullable Void> reader;

  private ByteBuffer destination = NONE; // written before the reader is

  /** The handler of the outstanding write. The thread that calls the handler removes it first. */
  private volatile @Nullable CompletionHandler<Long, @Nullable Void> writer;

  private ByteBuffer[] sources = NO_SOURCES; // written before the writer is
  private int sourceCount; // written before the writer is

  /**
   * Adopts a connected channel and sets TCP_NODELAY if the socket has it.
   *
   * @param localAddress the address to report as the local one
   * @throws IOException when the peer has already disconnected; the channel still belongs to the
   *     caller
   */
  SelectorChannel(SocketChannel channel, SelectorLoop loop, @Nullable SocketAddress localAddress)
      throws IOException {
    super(channel);
    this.channel = channel;
    this.loop = loop;
    this.localAddress = localAddress;
    this.remoteAddress = channel.getRemoteAddress();
    this.peerCredentials =
        channel.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)
            ? channel.getOption(ExtendedSocketOptions.SO_PEERCRED)
            : null;
    channel.configureBlocking(false);
    if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
    this.key = loop.register(channel, this);
  }

  /**
   * Adopts a channel of the program.
   *
   * @throws IllegalArgumentException when the channel is not connected; it still belongs to the
   *     caller
   */
  public static SelectorChannel adopt(SocketChannel channel, SelectorLoops loops)
      throws IOException {
    if (channel.isOpen() && !channel.isConnected()) {
      throw new IllegalArgumentException(
          "channel is " + channel + ": it must be connected to make a connection of it");
    }
    return new SelectorChannel(channel, loops.next(), channel.getLocalAddress());
  }

  @Override
  public void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
    if (reader != null) {
      throw new ReadPendingException();
    }
    destination = dst;
    reader = handler;
    if (!channel.isOpen()) {
      failLater(READER, handler, new ClosedChannelException());
    } else if ((interest & SelectionKey.OP_READ) == 0) {
      addInterest(SelectionKey.OP_READ);
    }
  }

  @Override
  public ByteBuffer sharedBuffer() {
    return loop.buffer();
  }

  @SuppressWarnings("rawtypes")
  private static AtomicReferenceFieldUpdater<SelectorChannel, CompletionHandler> outstanding(
      String field) {
    return AtomicReferenceFieldUpdater.newUpdater(
        SelectorChannel.class, CompletionHandler.class, field);
  }

  @SuppressWarnings("rawtypes")
  private void failIfOutstanding(
      AtomicReferenceFieldUpdater<SelectorChannel, CompletionHandler> field,
      CompletionHandler<?, @Nullable Void> handler,
      Throwable error) {
    if (field.compareAndSet(this, handler, null)) {
      handler.failed(error, null);
    }
  }

  @Override
  public void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
    if (writer != null) {
      throw new WritePendingException();
    }
    sources = srcs;
    sourceCount = count;
    writer = handler;
    tryToWrite(handler);
  }

  @Override
  public int writeNow(ByteBuffer src) throws IOException {
    if (!loop.mayWrite(this)) {
      return 0;
    }
    int count = channel.write(src);
    loop.wrote(count);
    return count;
  }

  @Override
  public CompletionExecutor completions() {
    return loop.completions();
  }

  @Override
  public void ready(int operations) {
    if ((operations & SelectionKey.OP_READ) != 0) {
      readReady();
    }
    if ((operations & SelectionKey.OP_WRITE) != 0) {
      writeReady();
    }
  }

  @Override
  public void onLoopStopped() {
    abort();
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
      if (reader != null) { // started meanwhile, and saw the interest still set
        addInterest(SelectionKey.OP_READ);
      }
      return false;
    }
    ByteBuffer room = room(handler);
    Integer count; // boxed here, where an OutOfMemoryError fails the read
    try {
      count = channel.read(room);
    } catch (ClosedChannelException closedMeanwhile) {
      failIfOutstanding(READER, handler, new AsynchronousCloseException());
      return false;
    } catch (Throwable e) { // also an OutOfMemoryError for the JDK's direct buffer
      failIfOutstanding(READER, handler, e);
      return false;
    }
    boolean filled = !room.hasRemaining();
    if (count == 0) {
      readReturnedNothing(handler);
    } else if (READER.compareAndSet(this, handler, null)) {
      handler.completed(count, null);
    }
    return filled && reader != null && (interest & SelectionKey.OP_READ) != 0;
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
        handler instanceof ReadBufferChooser chooser ? chooser.chooseBuffer() : null;
    return chosen == null ? destination.clear() : chosen;
  }

  private static void readReturnedNothing(CompletionHandler<Integer, @Nullable Void> handler) {
    if (handler instanceof ReadBufferChooser chooser) {
      chooser.readReturnedNothing();
    }
  }

  private void writeReady() {
    removeInterest(SelectionKey.OP_WRITE);
    CompletionHandler<Long, @Nullable Void> handler = writer;
    if (handler != null) {
      tryToWrite(handler);
    }
  }

  private void tryToWrite(CompletionHandler<Long, @Nullable Void> handler) {
    long count = 0;
    try {
      if (loop.mayWrite(this)) {
        count =
            sourceCount == 1 ? channel.write(sources[0]) : channel.write(sources, 0, sourceCount);
        loop.wrote(count);
      }
    } catch (Throwable e) { // also an OutOfMemoryError for the JDK's direct buffer
      failIfOutstanding(WRITER, handler, e);
      return;
    }
    if (count == 0) {
      addInterest(SelectionKey.OP_WRITE);
    } else if (WRITER.compareAndSet(this, handler, null)) {
      handler.completed(count, null);
    }
  }

  private void addInterest(int operation) {
    synchronized (this) {
      interest |= operation;
      try {
        key.interestOps(interest);
      } catch (CancelledKeyException closed) { // by another thread, at any moment
        return; // abort() fails the pending operations
      }
    }
    loop.wakeUp();
  }

  private synchronized void removeInterest(int operation) {
    interest &= ~operation;
    if (key.isValid()) {
      key.interestOps(interest);
    }
  }

  @Override
  public boolean canShutdownOutput() {
    return true;
  }

  @Override
  public void shutdownOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public void close(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    abort();
    handler.completed(null, null);
  }

  @Override
  public void abort() {
    Closeables.closeQuietly(channel);
    loop.wakeUp();
    failLater(READER, reader, new AsynchronousCloseException());
    failLater(WRITER, writer, new AsynchronousCloseException());
  }

  /**
   * Fails an operation on the loop's thread. The caller of {@link #abort} may hold a lock that the
   * handler needs, and the loop may be inside the read.
   */
  @SuppressWarnings("rawtypes")
  private void failLater(
      AtomicReferenceFieldUpdater<SelectorChannel, CompletionHandler> field,
      @Nullable CompletionHandler<?, @Nullable Void> handler,
      IOException error) {
    if (handler != null) {
      loop.execute(() -> failIfOutstanding(field, handler, error));
    }
  }

  @Override
  public @Nullable SocketAddress localAddress() {
    return localAddress;
  }

  @Override
  public @Nullable SocketAddress remoteAddress() {
    return remoteAddress;
  }

  @Override
  public @Nullable Object extraInfo(String name) {
    return name.equals("peercred") ? peerCredentials : null;
  }

  @Override
  public String toString() {
    String kind = remoteAddress instanceof UnixDomainSocketAddress ? "unix " : "tcp ";
    return kind
        + nameOf(localAddress)
        + " -> "
        + nameOf(remoteAddress)
        + (isOpen() ? "" : " (closed)");
  }

  /** Returns the text of an address. A client's Unix domain socket usually has no name. */
  private static String nameOf(@Nullable SocketAddress address) {
    String name = String.valueOf(address);
    return name.isEmpty() ? "(unnamed)" : name;
  }
}
