package io.weir.internal.channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritePendingException;
import java.util.concurrent.Executor;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SocketChannel} on a {@link SelectorLoop}: Unix domain sockets, and sockets that a
 * program hands over. A read is tried only when the selector says that there is something; a write
 * is tried at once, and waits for the selector only when the kernel takes nothing.
 */
public final class SelectorChannel extends NetworkSocket
    implements AsyncByteChannel, SelectorLoop.Registered {

  private final SocketChannel channel;
  private final SelectorLoop loop;
  private final SelectionKey key;
  private final @Nullable SocketAddress localAddress;
  private final @Nullable SocketAddress remoteAddress;

  private final @Nullable UnixDomainPrincipal peerCredentials;

  private int interest; // guarded by this
  private @Nullable Read read; // outstanding; guarded by this
  private @Nullable Write write; // outstanding; guarded by this

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
  public static SelectorChannel adopt(SocketChannel channel, SelectorLoop loop) throws IOException {
    if (channel.isOpen() && !channel.isConnected()) {
      throw new IllegalArgumentException(
          "channel is " + channel + ": it must be connected to make a connection of it");
    }
    return new SelectorChannel(channel, loop, channel.getLocalAddress());
  }

  @Override
  public void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
    boolean open;
    boolean arm = false;
    synchronized (this) {
      if (read != null) {
        throw new ReadPendingException();
      }
      open = channel.isOpen();
      if (open) {
        read = new Read(dst, handler);
        arm = wants(SelectionKey.OP_READ);
      }
    }
    if (!open) {
      handler.failed(new ClosedChannelException(), null);
    } else if (arm) {
      loop.wakeUp();
    }
  }

  @Override
  public void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
    Write started = new Write(srcs, count, handler);
    synchronized (this) {
      if (write != null) {
        throw new WritePendingException();
      }
      write = started;
    }
    tryToWrite(started, Runnable::run);
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

  private void readReady() {
    Read waiting;
    synchronized (this) {
      waiting = read;
      if (waiting == null) {
        wantsNoMore(SelectionKey.OP_READ);
        return;
      }
    }
    int count;
    try {
      count = channel.read(waiting.dst);
    } catch (IOException e) {
      if (ends(waiting)) {
        loop.complete(() -> waiting.handler.failed(e, null));
      }
      return;
    }
    if (count != 0 && ends(waiting)) {
      loop.complete(() -> waiting.handler.completed(count, null));
    }
  }

  private void writeReady() {
    Write waiting;
    synchronized (this) {
      wantsNoMore(SelectionKey.OP_WRITE);
      waiting = write;
    }
    if (waiting != null) {
      tryToWrite(waiting, loop::complete);
    }
  }

  private void tryToWrite(Write attempt, Executor completions) {
    long count;
    try {
      count = channel.write(attempt.srcs, 0, attempt.count);
    } catch (IOException e) {
      if (ends(attempt)) {
        completions.execute(() -> attempt.handler.failed(e, null));
      }
      return;
    }
    if (count == 0) {
      waitForRoom(attempt);
    } else if (ends(attempt)) {
      completions.execute(() -> attempt.handler.completed(count, null));
    }
  }

  private void waitForRoom(Write attempt) {
    synchronized (this) {
      if (write != attempt) {
        return; // closed in the meantime
      }
      wants(SelectionKey.OP_WRITE);
    }
    loop.wakeUp();
  }

  /** Whether the read ends now: once, and not when the channel has been closed before. */
  private synchronized boolean ends(Read candidate) {
    boolean outstanding = read == candidate;
    read = outstanding ? null : read;
    return outstanding;
  }

  private synchronized boolean ends(Write candidate) {
    boolean outstanding = write == candidate;
    write = outstanding ? null : write;
    return outstanding;
  }

  /** Adds an interest; true when it is new. Called under the lock, while the channel is open. */
  private boolean wants(int operation) {
    if ((interest & operation) != 0 || !key.isValid()) {
      return false;
    }
    interest |= operation;
    key.interestOps(interest);
    return true;
  }

  private void wantsNoMore(int operation) {
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
    Read reading;
    Write writing;
    synchronized (this) {
      reading = read;
      writing = write;
      read = null;
      write = null;
      Closing.quietly(channel);
    }
    loop.wakeUp();
    if (reading != null) {
      reading.handler.failed(new AsynchronousCloseException(), null);
    }
    if (writing != null) {
      writing.handler.failed(new AsynchronousCloseException(), null);
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

  /** A read that waits for bytes. */
  private static final class Read {

    final ByteBuffer dst;
    final CompletionHandler<Integer, @Nullable Void> handler;

    Read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
      this.dst = dst;
      this.handler = handler;
    }
  }

  /** A write that has not been tried, or waits for room. */
  private static final class Write {

    final ByteBuffer[] srcs;
    final int count;
    final CompletionHandler<Long, @Nullable Void> handler;

    Write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
      this.srcs = srcs;
      this.count = count;
      this.handler = handler;
    }
  }
}
