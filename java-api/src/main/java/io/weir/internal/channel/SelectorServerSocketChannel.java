package io.weir.internal.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.channel.SocketOperation.OperationFuture;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AcceptPendingException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A listening {@link ServerSocketChannel} on the loop for listening sockets. Accepted connections
 * are distributed to the other loops, round-robin. A blocked loop gets a limited number.
 */
public final class SelectorServerSocketChannel extends AsynchronousServerSocketChannel
    implements AsyncServerChannel, SocketOperation.Owner, SelectorLoop.Registered {

  /**
   * Only the acceptor's thread tries to accept, so that clients that connect in quick succession do
   * not delay the caller.
   *
   * <pre>
   *           accept()             no connection
   *   IDLE -------------&gt; TRYING -------------------&gt; WAITING
   *     ^                   | ^                          |
   *     +---- accepted -----+ +-------- OP_ACCEPT -------+
   *                         | |
   *     no loop has room    v |  one has
   *                        FULL
   *
   *   any --close()--&gt; CLOSED;  any but CLOSED --a pending accept is cancelled--&gt; WITHDRAWN
   * </pre>
   */
  private enum State {
    IDLE,
    TRYING,
    WAITING,
    FULL,
    WITHDRAWN,
    CLOSED
  }

  /** The number of connections to accept before other listening channels get their turn. */
  static final int MAX_IN_A_TURN = 64;

  private final ServerSocketChannel channel;
  private final SelectorChannelGroup group;
  private final SelectorLoop acceptor;
  private final SelectorLoop handlers; // the acceptor must not run handlers, which may block
  private final SelectionKey key;
  private final Runnable beforeClosing;
  private volatile @Nullable SocketAddress localAddress; // null until it is bound

  private int left; // accepts in this turn; confined to the acceptor's thread

  @GuardedBy("this")
  private State state = State.IDLE;

  /** The handler of the outstanding accept. */
  @GuardedBy("this")
  private @Nullable CompletionHandler<AsyncByteChannel, @Nullable Void> pending;

  private SelectorServerSocketChannel(
      ServerSocketChannel channel, SelectorChannelGroup group, Runnable beforeClosing)
      throws IOException {
    super(group.provider());
    this.channel = channel;
    this.group = group;
    this.acceptor = group.acceptor();
    this.handlers = group.any();
    this.beforeClosing = beforeClosing;
    channel.configureBlocking(false);
    group.channelOpened();
    try {
      this.key = acceptor.register(channel, this);
    } catch (Throwable closedOrNoMemory) {
      group.channelClosed();
      throw closedOrNoMemory;
    }
  }

  /**
   * Adopts a bound channel.
   *
   * @param localAddress the address to report as the local one
   * @param beforeClosing runs once, while the channel still listens
   */
  public SelectorServerSocketChannel(
      ServerSocketChannel channel,
      SelectorChannelGroup group,
      SocketAddress localAddress,
      Runnable beforeClosing)
      throws IOException {
    this(channel, group, beforeClosing);
    this.localAddress = localAddress;
  }

  /** Opens an unbound TCP socket. */
  public static SelectorServerSocketChannel open(SelectorChannelGroup group) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      return new SelectorServerSocketChannel(channel, group, () -> {});
    } catch (Throwable shutDownOrNoMemory) {
      Closeables.closeQuietly(channel);
      throw shutDownOrNoMemory;
    }
  }

  // ---- accept ----

  @Override
  public <A> void accept(
      A attachment, CompletionHandler<AsynchronousSocketChannel, ? super A> handler) {
    group.checkNotTerminated();
    start(new SocketAccept(this, handlers, Objects.requireNonNull(handler, "handler"), attachment));
  }

  @Override
  public Future<AsynchronousSocketChannel> accept() {
    OperationFuture<AsynchronousSocketChannel> future = new OperationFuture<>();
    start(new SocketAccept(this, handlers, future, null));
    return future;
  }

  private void start(SocketAccept accept) {
    if (!isOpen()) {
      accept.fail(new ClosedChannelException());
      return;
    }
    if (localAddress == null) {
      throw new NotYetBoundException();
    }
    if (isWithdrawn()) {
      throw new IllegalStateException(
          "accepting is refused, because an accept was cancelled and a connection may be lost:"
              + " close the channel");
    }
    accept((CompletionHandler<AsyncByteChannel, @Nullable Void>) accept);
  }

  private synchronized boolean isWithdrawn() {
    return state == State.WITHDRAWN;
  }

  /**
   * Withdraws the accept. A connection may have been accepted meanwhile, so no other accept starts.
   */
  @Override
  public synchronized boolean withdraw(SocketOperation<?> accept) {
    if (state == State.CLOSED || pending != accept) {
      return false;
    }
    pending = null;
    state = State.WITHDRAWN;
    return true;
  }

  @Override
  public void accept(CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
    boolean open;
    synchronized (this) {
      if (pending != null) {
        throw new AcceptPendingException();
      }
      open = state != State.CLOSED && channel.isOpen();
      if (open) {
        state = State.TRYING;
        pending = handler;
      }
    }
    if (!open) {
      handler.failed(new ClosedChannelException(), null);
    } else if (acceptor.isCurrent() && left > 0) {
      tryToAccept();
    } else {
      waitForMore();
    }
  }

  @Override
  public void ready(int operations) {
    synchronized (this) {
      if (state != State.WAITING) {
        key.interestOps(0); // until an accept is pending
        return;
      }
      state = State.TRYING;
    }
    tryInThisTurn();
  }

  private void tryInThisTurn() {
    left = MAX_IN_A_TURN;
    tryToAccept();
    left = 0;
  }

  /** Tries again when a loop has made room. */
  private void roomMade() {
    synchronized (this) {
      if (state != State.FULL) {
        return;
      }
      state = State.TRYING;
    }
    tryInThisTurn();
  }

  @Override
  public void onLoopStopped() {
    close();
  }

  private void tryToAccept() {
    AsyncByteChannel connection = null;
    try {
      while (connection == null) {
        if (!group.hasRoom()) {
          waitForRoom();
          return;
        }
        SocketChannel accepted = left-- > 0 ? channel.accept() : null;
        if (accepted == null) {
          waitForMore();
          return;
        }
        connection = connectionOf(accepted, isForStreams());
      }
    } catch (Throwable e) { // usually EMFILE, or an OutOfMemoryError
      complete(null, e);
      return;
    }
    complete(connection, null);
  }

  private synchronized boolean isForStreams() {
    return !(pending instanceof SocketAccept);
  }

  /** Leaves the next connections in the kernel's backlog until a loop has room. */
  private void waitForRoom() {
    synchronized (this) {
      if (state != State.TRYING) {
        return; // closed in the meantime
      }
      state = State.FULL;
    }
    group.whenRoom(() -> acceptor.execute(this::roomMade));
  }

  private void waitForMore() {
    synchronized (this) {
      if (state != State.TRYING) {
        return; // closed in the meantime
      }
      state = State.WAITING;
      if (key.interestOps() != 0) {
        return;
      }
      key.interestOps(SelectionKey.OP_ACCEPT);
    }
    acceptor.wakeUp();
  }

  /**
   * Returns the channel of an accepted connection, or null when the peer has already disconnected.
   */
  private @Nullable AsyncByteChannel connectionOf(SocketChannel accepted, boolean isForStreams) {
    try {
      SelectorLoop loop = group.nextForAccepted();
      AsyncByteChannel connection =
          isForStreams ? forStreams(accepted, loop) : new SelectorSocketChannel(accepted, loop);
      loop.expectConnection();
      return connection;
    } catch (IOException goneAlready) {
      Closeables.closeQuietly(accepted);
      return null;
    } catch (Throwable noMemory) { // see docs/memory.md
      Closeables.closeQuietly(accepted);
      throw noMemory;
    }
  }

  private void complete(@Nullable AsyncByteChannel connection, @Nullable Throwable error) {
    CompletionHandler<AsyncByteChannel, @Nullable Void> handler;
    synchronized (this) {
      handler = pending;
      pending = null;
      state = state == State.TRYING ? State.IDLE : state;
    }
    if (handler == null && connection != null) {
      connection.abort(); // closed in the meantime
    } else if (handler != null && connection != null) {
      handler.completed(connection, null);
    } else if (handler != null && error != null) {
      fail(handler, error);
    }
  }

  private void fail(CompletionHandler<AsyncByteChannel, @Nullable Void> handler, Throwable error) {
    try {
      handlers.execute(() -> handler.failed(error, null));
    } catch (Throwable noMemory) { // the acceptor's thread must not run the handler
      tryAgain(handler);
    }
  }

  /** Waits for the acceptor's next turn, as if the accept had not been tried. */
  private void tryAgain(CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
    synchronized (this) {
      if (state != State.IDLE) {
        return; // closed in the meantime
      }
      state = State.TRYING;
      pending = handler;
    }
    waitForMore();
  }

  /**
   * Makes a connection for streams. A Unix domain socket is bound under a temporary name, and the
   * kernel still reports that name after the file was linked to its path.
   */
  private SelectorSocketChannel forStreams(SocketChannel accepted, SelectorLoop loop)
      throws IOException {
    SelectorSocketChannel connection = SelectorSocketChannel.forStreams(accepted, loop);
    if (localAddress instanceof UnixDomainSocketAddress path) {
      connection.boundTo(path);
    }
    return connection;
  }

  @Override
  public void close() {
    CompletionHandler<AsyncByteChannel, @Nullable Void> waiting;
    synchronized (this) {
      if (state == State.CLOSED) {
        return;
      }
      state = State.CLOSED;
      waiting = pending;
      pending = null;
      beforeClosing.run();
      Closeables.closeQuietly(channel);
    }
    acceptor.settle(); // until then the kernel accepts connections, and the address stays in use
    if (waiting != null) {
      handlers.execute(() -> waiting.failed(new AsynchronousCloseException(), null));
    }
    group.channelClosed(); // which may terminate the group
  }

  // ---- the socket ----

  @Override
  public AsynchronousServerSocketChannel bind(@Nullable SocketAddress local, int backlog)
      throws IOException {
    channel.bind(local, backlog);
    localAddress = channel.getLocalAddress();
    return this;
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public @Nullable SocketAddress getLocalAddress() throws IOException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
    return localAddress;
  }

  @Override
  public SocketAddress localAddress() {
    return Objects.requireNonNull(localAddress, "a channel of a server is bound");
  }

  @Override
  public @Nullable SocketAddress remoteAddress() {
    return null;
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return channel.supportedOptions();
  }

  @Override
  public <T> @Nullable T option(SocketOption<T> name) throws IOException {
    return channel.getOption(name);
  }

  @Override
  public <T> void option(SocketOption<T> name, T value) throws IOException {
    channel.setOption(name, value);
  }

  @Override
  public <T> T getOption(SocketOption<T> name) throws IOException {
    return channel.getOption(name);
  }

  @Override
  public <T> AsynchronousServerSocketChannel setOption(SocketOption<T> name, T value)
      throws IOException {
    channel.setOption(name, value);
    return this;
  }

  @Override
  public String toString() {
    String kind = localAddress instanceof UnixDomainSocketAddress ? "unix " : "tcp ";
    return kind + "listening on " + localAddress + (isOpen() ? "" : " (closed)");
  }
}
