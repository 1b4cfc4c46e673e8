package io.weir.internal.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AcceptPendingException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A listening {@link ServerSocketChannel} on the loop for listening sockets. Accepted connections
 * are distributed to the other loops, round-robin.
 */
public final class SelectorServerChannel extends NetworkSocket
    implements AsyncServerChannel, SelectorLoop.Registered {

  /**
   * One thread at a time tries to accept: first the thread that calls {@code accept}, later the
   * acceptor's thread.
   *
   * <pre>
   *           accept()             no connection
   *   IDLE -------------&gt; TRYING -------------------&gt; WAITING
   *     ^                   | ^                          |
   *     +---- accepted -----+ +-------- OP_ACCEPT -------+
   *
   *   and from each, with close(), CLOSED
   * </pre>
   */
  private enum State {
    IDLE,
    TRYING,
    WAITING,
    CLOSED
  }

  /** Connections that are accepted before other listening channels get their turn. */
  static final int MAX_IN_A_TURN = 64;

  private final ServerSocketChannel channel;
  private final SelectorLoops loops;
  private final SelectorLoop acceptor;
  private final Executor failures;
  private final SelectionKey key;
  private final SocketAddress localAddress;
  private final Runnable beforeClosing;

  private int left; // of this turn; confined to the acceptor's thread

  @GuardedBy("this")
  private State state = State.IDLE;

  /** The handler of the outstanding accept. */
  @GuardedBy("this")
  private @Nullable CompletionHandler<AsyncByteChannel, @Nullable Void> pending;

  /**
   * Adopts a bound channel.
   *
   * @param localAddress the address to report as the local one
   * @param beforeClosing runs once, while the channel still listens
   */
  public SelectorServerChannel(
      ServerSocketChannel channel,
      SelectorLoops loops,
      SocketAddress localAddress,
      Runnable beforeClosing)
      throws IOException {
    super(channel);
    this.channel = channel;
    this.loops = loops;
    this.acceptor = loops.acceptor();
    this.failures = loops.any(); // the acceptor must not run handlers, which may block
    this.localAddress = localAddress;
    this.beforeClosing = beforeClosing;
    channel.configureBlocking(false);
    this.key = acceptor.register(channel, this);
  }

  /** Accepts on the acceptor's thread only: clients that come fast must not hold the caller. */
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
    left = MAX_IN_A_TURN;
    tryToAccept();
    left = 0;
  }

  @Override
  public void onLoopStopped() {
    close();
  }

  private void tryToAccept() {
    AsyncByteChannel connection = null;
    try {
      while (connection == null) {
        SocketChannel accepted = left-- > 0 ? channel.accept() : null;
        if (accepted == null) {
          waitForMore();
          return;
        }
        connection = connectionOf(accepted);
      }
    } catch (Throwable e) { // usually EMFILE, or an OutOfMemoryError
      complete(null, e);
      return;
    }
    complete(connection, null);
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
  private @Nullable AsyncByteChannel connectionOf(SocketChannel accepted) {
    try {
      return new SelectorChannel(accepted, loops.next(), localAddressOf(accepted));
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
      state = state == State.CLOSED ? State.CLOSED : State.IDLE;
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
      failures.execute(() -> handler.failed(error, null));
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
   * Returns the local address of a connection. A Unix domain socket is bound under a temporary
   * name, and the kernel still reports that name after the file was linked to its path.
   */
  private @Nullable SocketAddress localAddressOf(SocketChannel accepted) throws IOException {
    return localAddress instanceof UnixDomainSocketAddress
        ? localAddress
        : accepted.getLocalAddress();
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
      failures.execute(() -> waiting.failed(new AsynchronousCloseException(), null));
    }
  }

  @Override
  public SocketAddress localAddress() {
    return localAddress;
  }

  @Override
  public @Nullable SocketAddress remoteAddress() {
    return null;
  }

  @Override
  public String toString() {
    String kind = localAddress instanceof UnixDomainSocketAddress ? "unix " : "tcp ";
    return kind + "listening on " + localAddress + (isOpen() ? "" : " (closed)");
  }
}
