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
 * A {@link SocketChannel} on a {@link SelectorLoop}: TCP, Unix domain sockets, and sockets that a
 * program hands over. A read is tried only when the selector says that there is something; a write
 * is tried at once, and waits for the selector only when the kernel takes nothing.
 */
public final class SelectorChannel extends NetworkSocket
    implements AsyncByteChannel, SelectorLoop.Registered {

  /** How often to read when there is more, before it is another channel's turn. */
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

  /** Of the read outstanding; taken out by who tells it. */
  private volatile @Nullable CompletionHandler<Integer, @Nullable Void> reader;

  private ByteBuffer destination = NONE; // written before the reader is

  /** Of the write outstanding; taken out by who tells it. */
  private volatile @Nullable CompletionHandler<Long, @Nullable Void> writer;

  private ByteBuffer[] sources = NO_SOURCES; // written before the writer is
  private int sourceCount; // likewise

  /**
   * Takes over a connected channel, and turns Nagle's algorithm off where there is one.
   *
   * @param localAddress what to call this end's address
   * @throws IOException when the peer has gone already; the channel is then still the caller's
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
   * Takes over a channel that a program hands over.
   *
   * @throws IllegalArgumentException when it is not connected; it is then still the caller's
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
    return channel.write(src);
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
      // There is more, probably, and who reads wants it.
    }
  }

  /** True when the read has filled its buffer and another is outstanding. */
  private boolean readOnce() {
    CompletionHandler<Integer, @Nullable Void> handler = reader;
    if (handler == null) {
      removeInterest(SelectionKey.OP_READ);
      if (reader != null) { // begun in this moment, and has seen the interest
        addInterest(SelectionKey.OP_READ);
      }
      return false;
    }
    ByteBuffer room = room(handler);
    Integer count; // boxed here, where a failure to do so is told
    try {
      count = channel.read(room);
    } catch (ClosedChannelException closedMeanwhile) {
      failIfOutstanding(READER, handler, new AsynchronousCloseException());
      return false;
    } catch (Throwable e) { // or no memory for the buffer of the JDK
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

  /** Others have used the shared buffer since the read was begun. */
  @SuppressWarnings("ReferenceEquality") // this very buffer
  private ByteBuffer room(CompletionHandler<Integer, @Nullable Void> handler) {
    if (destination != loop.buffer()) {
      return destination;
    }
    ByteBuffer better = handler instanceof ReadBufferChooser late ? late.chooseBuffer() : null;
    return better == null ? destination.clear() : better;
  }

  private static void readReturnedNothing(CompletionHandler<Integer, @Nullable Void> handler) {
    if (handler instanceof ReadBufferChooser late) {
      late.readReturnedNothing();
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
    long count;
    try {
      count = sourceCount == 1 ? channel.write(sources[0]) : channel.write(sources, 0, sourceCount);
    } catch (Throwable e) { // or no memory for the buffer of the JDK
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
      } catch (CancelledKeyException closed) { // by another thread at any moment
        return; // and who closes tells the handlers
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
   * Elsewhere than in the call that closes, which may hold up what the handler waits for; and not
   * while a read is tried.
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

  /** The client's end of a Unix domain socket has no name, mostly. */
  private static String nameOf(@Nullable SocketAddress address) {
    String name = String.valueOf(address);
    return name.isEmpty() ? "(unnamed)" : name;
  }
}
