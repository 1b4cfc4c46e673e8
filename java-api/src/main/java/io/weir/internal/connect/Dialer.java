package io.weir.internal.connect;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.Closing;
import io.weir.internal.channel.TcpConnector;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.CompletionHandler;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the first of some addresses that answers, one after another in their order. Closing
 * it ends the attempt under way.
 */
public final class Dialer implements Closeable {

  private final String target;
  private final Iterator<InetSocketAddress> addresses;
  private final AsynchronousChannelGroup group;
  private final CompletionHandler<AsyncByteChannel, @Nullable Void> handler;
  private final List<ConnectException> failures = new ArrayList<>(); // one attempt at a time adds

  private boolean closed; // guarded by this
  private @Nullable Closeable attempt; // under way; guarded by this

  private Dialer(
      String target,
      List<InetSocketAddress> addresses,
      AsynchronousChannelGroup group,
      CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
    this.target = target;
    this.addresses = addresses.iterator();
    this.group = group;
    this.handler = handler;
  }

  /**
   * Begins to connect.
   *
   * @param target what to call the peer in errors, with host and port
   * @param handler is told the channel, which is then the handler's, or a {@link ConnectException}
   *     that says of each address why it failed; nothing once the dialer has been closed
   */
  public static Dialer dial(
      String target,
      List<InetSocketAddress> addresses,
      AsynchronousChannelGroup group,
      CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
    Dialer dialer = new Dialer(target, addresses, group, handler);
    dialer.tryNext();
    return dialer;
  }

  private void tryNext() {
    if (!addresses.hasNext()) {
      handler.failed(allFailed(), null);
      return;
    }
    InetSocketAddress address = addresses.next();
    TcpConnector connector;
    try {
      connector = TcpConnector.open(group);
    } catch (IOException e) {
      failed(address, e);
      return;
    }
    if (isCurrent(connector)) {
      connector.connect(address, new Attempt(address));
    } else {
      Closing.quietly(connector);
    }
  }

  /** Notes which attempt is under way, if any, so that closing ends it; false when closed. */
  private synchronized boolean isCurrent(@Nullable Closeable now) {
    attempt = now;
    return !closed;
  }

  @Override
  public void close() {
    Closeable current;
    synchronized (this) {
      closed = true;
      current = attempt;
    }
    if (current != null) {
      Closing.quietly(current);
    }
  }

  private void failed(InetSocketAddress address, Throwable cause) {
    if (isCurrent(null)) {
      failures.add(named(address, cause));
      tryNext();
    }
  }

  private static ConnectException named(InetSocketAddress address, Throwable cause) {
    ConnectException named =
        new ConnectException("Connect call failed " + address + ": " + cause.getMessage());
    named.initCause(cause);
    return named;
  }

  private ConnectException allFailed() {
    StringBuilder text = new StringBuilder("cannot connect to " + target);
    String separator = ": ";
    for (ConnectException failure : failures) {
      text.append(separator).append(failure.getMessage());
      separator = "; ";
    }
    ConnectException all = new ConnectException(text.toString());
    failures.forEach(all::addSuppressed);
    return all;
  }

  /** One address being tried. */
  private final class Attempt implements CompletionHandler<AsyncByteChannel, @Nullable Void> {

    private final InetSocketAddress address;

    Attempt(InetSocketAddress address) {
      this.address = address;
    }

    @Override
    public void completed(AsyncByteChannel channel, @Nullable Void attachment) {
      if (!isCurrent(null)) {
        channel.abort();
      } else if (address.equals(channel.localAddress())) {
        // TCP lets a socket connect to itself when the system gives it the port it dials.
        channel.abort();
        Dialer.this.failed(address, new ConnectException("nobody listens there"));
      } else {
        handler.completed(channel, null);
      }
    }

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      Dialer.this.failed(address, error);
    }
  }
}
