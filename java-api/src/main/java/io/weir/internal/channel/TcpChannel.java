package io.weir.internal.channel;

import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.SerialExecutor;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A connected {@link AsynchronousSocketChannel} of any provider but ours. */
public final class TcpChannel extends NetworkSocket implements AsyncByteChannel {

  private final AsynchronousSocketChannel channel;
  private final @Nullable SocketAddress localAddress;
  private final @Nullable SocketAddress remoteAddress;

  /**
   * Converts the result of a write from one buffer. One instance suffices, because at most one
   * write is outstanding.
   */
  private final SingleWrite singleWrite = new SingleWrite();

  private final CompletionExecutor completions;

  private TcpChannel(AsynchronousSocketChannel channel, Executor executor) throws IOException {
    super(channel);
    this.channel = channel;
    this.completions = new SerialExecutor(executor);
    this.localAddress = channel.getLocalAddress();
    this.remoteAddress = channel.getRemoteAddress();
  }

  /**
   * Wraps a connected channel for streams, unless it is ours, and sets TCP_NODELAY.
   *
   * @param executor runs completions that a call of the program causes
   * @throws IOException when the peer has already disconnected; the caller must close the channel
   */
  static AsyncByteChannel over(AsynchronousSocketChannel channel, Executor executor)
      throws IOException {
    SocketOptions.setNoDelay(channel);
    return channel instanceof SelectorSocketChannel ours ? ours : new TcpChannel(channel, executor);
  }

  /**
   * Adopts a channel of the program.
   *
   * @param executor runs completions that a call of the program causes
   * @throws IllegalArgumentException when the channel is not connected; the caller must close it
   */
  public static AsyncByteChannel adopt(AsynchronousSocketChannel channel, Executor executor)
      throws IOException {
    if (channel.isOpen() && channel.getRemoteAddress() == null) {
      throw new IllegalArgumentException("channel is " + channel + ": it must be connected");
    }
    return over(channel, executor);
  }

  @Override
  public void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
    try {
      channel.read(dst, null, handler);
    } catch (ShutdownChannelGroupException e) {
      handler.failed(e, null);
    }
  }

  @Override
  public void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
    try {
      if (count == 1) {
        singleWrite.start(srcs[0], handler);
      } else {
        channel.write(srcs, 0, count, 0, TimeUnit.NANOSECONDS, null, handler);
      }
    } catch (ShutdownChannelGroupException e) {
      handler.failed(e, null);
    }
  }

  @Override
  public CompletionExecutor completions() {
    return completions;
  }

  @Override
  public boolean canEndOutput() {
    return true;
  }

  @Override
  public void endOutput() throws IOException {
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
  public String toString() {
    return "tcp " + localAddress + " -> " + remoteAddress + (isOpen() ? "" : " (closed)");
  }

  /** Writes from one buffer, which costs the JDK fewer steps than an array of one. */
  private final class SingleWrite
      implements CompletionHandler<Integer, CompletionHandler<Long, @Nullable Void>> {

    void start(ByteBuffer src, CompletionHandler<Long, @Nullable Void> handler) {
      channel.write(src, handler, this);
    }

    @Override
    public void completed(Integer count, CompletionHandler<Long, @Nullable Void> handler) {
      handler.completed((long) count, null);
    }

    @Override
    public void failed(Throwable error, CompletionHandler<Long, @Nullable Void> handler) {
      handler.failed(error, null);
    }
  }
}
