package io.weir.internal.channel;

import io.weir.internal.channel.SocketOperation.OperationFuture;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ReadPendingException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritePendingException;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * An {@link AsynchronousSocketChannel} on a {@link SelectorLoop}: TCP, Unix domain sockets, and
 * adopted channels.
 *
 * <p>At most one connect, one read and one write are outstanding. An operation that is cancelled or
 * times out may have transferred bytes, so operations in its direction are refused from then on.
 */
public final class SelectorSocketChannel extends SelectorSocket
    implements SocketConnect.Connecting {

  private static final int EOF = -1;

  /** Adopts a channel, as {@link SelectorSocket} does. */
  SelectorSocketChannel(SocketChannel channel, SelectorLoop loop) throws IOException {
    super(channel, loop);
  }

  /** Opens an unconnected TCP socket. */
  public static SelectorSocketChannel open(SelectorChannelGroup group) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      return new SelectorSocketChannel(channel, group.next());
    } catch (Throwable shutDownOrNoMemory) {
      Closeables.closeQuietly(channel);
      throw shutDownOrNoMemory;
    }
  }

  /**
   * Adopts a channel of the program for streams.
   *
   * @throws IllegalArgumentException when the channel is not connected; the caller must close it
   */
  public static SelectorSocketChannel adopt(SocketChannel channel, SelectorChannelGroup group)
      throws IOException {
    if (channel.isOpen() && !channel.isConnected()) {
      throw new IllegalArgumentException("channel is " + channel + ": it must be connected");
    }
    return forStreams(channel, group.next());
  }

  /** Adopts a connected channel, and sets TCP_NODELAY if the socket has it. */
  static SelectorSocketChannel forStreams(SocketChannel channel, SelectorLoop loop)
      throws IOException {
    SocketOptions.setNoDelay(channel);
    return new SelectorSocketChannel(channel, loop);
  }

  // ---- connect ----

  @Override
  public <A> void connect(
      SocketAddress remote, A attachment, CompletionHandler<Void, ? super A> handler) {
    loop.group().checkNotTerminated();
    start(
        new SocketConnect(this, loop, Objects.requireNonNull(handler, "handler"), attachment),
        remote);
  }

  @Override
  public Future<Void> connect(SocketAddress remote) {
    OperationFuture<Void> future = new OperationFuture<>();
    start(new SocketConnect(this, loop, future, null), remote);
    return future;
  }

  private void start(SocketConnect connect, SocketAddress remote) {
    if (!isOpen()) {
      connect.fail(new ClosedChannelException());
      return;
    }
    boolean done;
    try {
      synchronized (this) {
        done = channel.connect(remote);
        key.attach(connect);
      }
      if (done) {
        loop.execute(() -> connect.ready(SelectionKey.OP_CONNECT));
      } else {
        addInterest(SelectionKey.OP_CONNECT);
      }
    } catch (IOException e) {
      abort();
      connect.fail(e);
    }
  }

  @Override
  public boolean finishConnect() throws IOException {
    if (!channel.finishConnect()) {
      return false;
    }
    connectedTo(channel.getRemoteAddress());
    removeInterest(SelectionKey.OP_CONNECT);
    return true;
  }

  @Override
  public boolean take(SocketConnect connect) {
    synchronized (this) {
      return key.attachment() == connect && key.attach(this) == connect;
    }
  }

  @Override
  public boolean withdraw(SocketOperation<?> operation) {
    if (operation instanceof SocketRead<?> read) {
      return refuse(READS_REFUSED, READER, read);
    }
    if (operation instanceof SocketWrite<?> write) {
      return refuse(WRITES_REFUSED, WRITER, write);
    }
    if (!take((SocketConnect) operation)) {
      return false;
    }
    set(READS_REFUSED | WRITES_REFUSED); // the connection may be established already
    removeInterest(SelectionKey.OP_CONNECT); // nothing would finish the connect
    return true;
  }

  /** Removes an outstanding operation and refuses others, or does neither. */
  @SuppressWarnings("rawtypes")
  private synchronized boolean refuse(
      int flag,
      AtomicReferenceFieldUpdater<SelectorSocket, CompletionHandler> field,
      CompletionHandler<?, @Nullable Void> outstanding) {
    boolean first = set(flag); // before another operation can start
    boolean removed = field.compareAndSet(this, outstanding, null);
    if (first && !removed) {
      flags &= ~flag;
    }
    return removed;
  }

  /** Returns whether operations are refused. Waits while {@link #refuse} runs on another thread. */
  private boolean isRefused(int flag) {
    if (!is(flag)) {
      return false;
    }
    synchronized (this) {
      return is(flag);
    }
  }

  // ---- read ----

  @Override
  public Future<Integer> read(ByteBuffer dst) {
    OperationFuture<Integer> future = new OperationFuture<>();
    start(readInto(dst, future, null), 0, TimeUnit.NANOSECONDS);
    return future;
  }

  @Override
  public <A> void read(
      ByteBuffer dst,
      long timeout,
      TimeUnit unit,
      A attachment,
      CompletionHandler<Integer, ? super A> handler) {
    Objects.requireNonNull(handler, "handler");
    loop.group().checkNotTerminated();
    start(readInto(dst, handler, attachment), timeout, unit);
  }

  private SocketRead<Integer> readInto(
      ByteBuffer dst, CompletionHandler<Integer, ?> handler, @Nullable Object attachment) {
    requireWritable(dst);
    ByteBuffer[] one = {dst};
    return new SocketRead<>(this, loop, one, 0, 1, bytes -> bytes, handler, attachment);
  }

  @Override
  public <A> void read(
      ByteBuffer[] dsts,
      int offset,
      int length,
      long timeout,
      TimeUnit unit,
      A attachment,
      CompletionHandler<Long, ? super A> handler) {
    Objects.requireNonNull(handler, "handler");
    Objects.checkFromIndexSize(offset, length, dsts.length);
    for (int i = offset; i < offset + length; i++) {
      requireWritable(dsts[i]);
    }
    loop.group().checkNotTerminated();
    start(
        new SocketRead<>(
            this, loop, dsts.clone(), offset, length, Integer::longValue, handler, attachment),
        timeout,
        unit);
  }

  private static void requireWritable(ByteBuffer dst) {
    if (dst.isReadOnly()) {
      throw new IllegalArgumentException("dst is " + dst + ": it must not be read-only");
    }
  }

  private void start(SocketRead<?> read, long timeout, TimeUnit unit) {
    if (!isOpen()) {
      read.fail(new ClosedChannelException());
      return;
    }
    requireConnected();
    if (isRefused(READS_REFUSED)) {
      throw new IllegalStateException(
          "reading is refused, because a read or connect was cancelled or ran out of time and bytes"
              + " may be lost: close the channel");
    }
    if (hasReader()) {
      throw new ReadPendingException();
    }
    if (is(INPUT_SHUT_DOWN)) {
      read.completed(EOF, null);
      return;
    }
    if (!read.hasRemaining()) {
      read.completed(0, null);
      return;
    }
    read.limit(timeout, unit);
    if (!READER.compareAndSet(this, null, read)) {
      throw new ReadPendingException();
    }
    read.startLimit();
    if (isOpen()) {
      awaitInput();
    } else {
      failLater(READER, read, new AsynchronousCloseException());
    }
  }

  // ---- write ----

  @Override
  public Future<Integer> write(ByteBuffer src) {
    OperationFuture<Integer> future = new OperationFuture<>();
    start(writeOf(src, future, null), 0, TimeUnit.NANOSECONDS);
    return future;
  }

  @Override
  public <A> void write(
      ByteBuffer src,
      long timeout,
      TimeUnit unit,
      A attachment,
      CompletionHandler<Integer, ? super A> handler) {
    Objects.requireNonNull(handler, "handler");
    loop.group().checkNotTerminated();
    start(writeOf(src, handler, attachment), timeout, unit);
  }

  private SocketWrite<Integer> writeOf(
      ByteBuffer src, CompletionHandler<Integer, ?> handler, @Nullable Object attachment) {
    Objects.requireNonNull(src, "src");
    ByteBuffer[] one = {src};
    return new SocketWrite<>(this, loop, one, 0, 1, Long::intValue, handler, attachment);
  }

  @Override
  public <A> void write(
      ByteBuffer[] srcs,
      int offset,
      int length,
      long timeout,
      TimeUnit unit,
      A attachment,
      CompletionHandler<Long, ? super A> handler) {
    Objects.requireNonNull(handler, "handler");
    Objects.checkFromIndexSize(offset, length, srcs.length);
    loop.group().checkNotTerminated();
    start(
        new SocketWrite<>(
            this, loop, srcs.clone(), offset, length, bytes -> bytes, handler, attachment),
        timeout,
        unit);
  }

  private void start(SocketWrite<?> write, long timeout, TimeUnit unit) {
    if (!isOpen()) {
      write.fail(new ClosedChannelException());
      return;
    }
    requireConnected();
    if (isRefused(WRITES_REFUSED)) {
      throw new IllegalStateException(
          "writing is refused, because a write or connect was cancelled or ran out of time and"
              + " bytes may have been sent: close the channel");
    }
    if (hasWriter()) {
      throw new WritePendingException();
    }
    if (is(OUTPUT_SHUT_DOWN)) {
      write.fail(new ClosedChannelException());
      return;
    }
    if (!write.hasRemaining()) {
      write.completed(0L, null);
      return;
    }
    write.limit(timeout, unit);
    if (!WRITER.compareAndSet(this, null, write)) {
      throw new WritePendingException();
    }
    write.startLimit();
    tryToWrite(write);
  }

  private void requireConnected() {
    if (remoteAddress() == null) {
      throw new NotYetConnectedException();
    }
  }

  // ---- the socket ----

  @Override
  public AsynchronousSocketChannel bind(@Nullable SocketAddress local) throws IOException {
    channel.bind(local);
    boundTo(channel.getLocalAddress());
    return this;
  }

  @Override
  public <T> AsynchronousSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
    channel.setOption(name, value);
    return this;
  }

  @Override
  public <T> T getOption(SocketOption<T> name) throws IOException {
    return channel.getOption(name);
  }

  @Override
  public @Nullable SocketAddress getLocalAddress() throws IOException {
    requireOpen();
    return localAddress();
  }

  @Override
  public @Nullable SocketAddress getRemoteAddress() throws IOException {
    requireOpen();
    return remoteAddress();
  }

  private void requireOpen() throws ClosedChannelException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public AsynchronousSocketChannel shutdownInput() throws IOException {
    channel.shutdownInput();
    set(INPUT_SHUT_DOWN);
    return this;
  }

  @Override
  public AsynchronousSocketChannel shutdownOutput() throws IOException {
    channel.shutdownOutput();
    set(OUTPUT_SHUT_DOWN);
    return this;
  }

  @Override
  public String toString() {
    String kind = localAddress() instanceof UnixDomainSocketAddress ? "unix " : "tcp ";
    return kind
        + nameOf(localAddress())
        + " -> "
        + nameOf(remoteAddress())
        + (isOpen() ? "" : " (closed)");
  }

  /** Returns the text of an address. A client's Unix domain socket usually has no name. */
  private static String nameOf(@Nullable SocketAddress address) {
    String name = String.valueOf(address);
    return name.isEmpty() ? "(unnamed)" : name;
  }
}
