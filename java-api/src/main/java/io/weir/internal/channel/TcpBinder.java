package io.weir.internal.channel;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Binds a server to all addresses of its host, or to none. Skips addresses that this machine does
 * not have if another one can be bound. With port 0 it binds all addresses to the same port.
 */
public final class TcpBinder {

  private static final System.Logger LOG = System.getLogger("io.weir");

  /** The number of ports to try until one is free on all addresses. */
  private static final int ATTEMPTS = 20;

  private final TcpSockets sockets;
  private final int backlog;
  private final Map<SocketOption<?>, Object> options;

  /**
   * Creates a binder.
   *
   * @param backlog the accept backlog, in connections
   * @param options the options of the listening sockets, with values of their types
   */
  public TcpBinder(TcpSockets sockets, int backlog, Map<SocketOption<?>, Object> options) {
    this.sockets = sockets;
    this.backlog = backlog;
    this.options = options;
  }

  /**
   * Binds and listens.
   *
   * @throws BindException when no address can be bound, or one is in use or not permitted; the
   *     message names it, and nothing stays bound
   */
  public List<AsyncServerChannel> bind(List<InetSocketAddress> addresses) throws IOException {
    boolean samePort = addresses.size() > 1 && addresses.get(0).getPort() == 0;
    for (int left = samePort ? ATTEMPTS : 1; left > 1; left--) {
      try {
        return bindAll(addresses);
      } catch (BindException inUse) {
        LOG.log(Level.DEBUG, "trying another port", inUse);
      }
    }
    return bindAll(addresses);
  }

  private List<AsyncServerChannel> bindAll(List<InetSocketAddress> addresses) throws IOException {
    List<AsyncServerChannel> bound = new ArrayList<>();
    List<BindException> unavailable = new ArrayList<>();
    try {
      for (InetSocketAddress address : addresses) {
        bindOne(onPortOf(bound, address), bound, unavailable);
      }
      if (bound.isEmpty()) {
        throw noneAvailable(addresses, unavailable);
      }
      return bound;
    } catch (IOException | RuntimeException e) {
      bound.forEach(AsyncServerChannel::close);
      throw e;
    }
  }

  private static InetSocketAddress onPortOf(
      List<AsyncServerChannel> bound, InetSocketAddress address) {
    return address.getPort() == 0 && !bound.isEmpty()
        ? new InetSocketAddress(
            address.getAddress(), ((InetSocketAddress) bound.get(0).localAddress()).getPort())
        : address;
  }

  private void bindOne(
      InetSocketAddress address, List<AsyncServerChannel> bound, List<BindException> unavailable)
      throws IOException {
    try {
      bound.add(sockets.listen(address, backlog, options));
    } catch (IOException | UnsupportedOperationException e) {
      BindException named = TcpSockets.notBound(address, e);
      if (!LocalAddress.isMissing(address.getAddress())) {
        throw named;
      }
      LOG.log(Level.DEBUG, "skipping an address", named);
      unavailable.add(named);
    }
  }

  private static BindException noneAvailable(
      List<InetSocketAddress> addresses, List<BindException> unavailable) {
    if (unavailable.size() == 1) {
      return unavailable.get(0);
    }
    BindException none =
        new BindException(
            "could not bind on any address out of "
                + addresses
                + ": this machine has none of these addresses");
    unavailable.forEach(none::addSuppressed);
    return none;
  }
}
