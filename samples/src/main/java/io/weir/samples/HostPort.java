package io.weir.samples;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A host and a port, written host:port, with an IPv6 address in brackets. */
public record HostPort(String host, int port) implements Endpoint {

  private static final String LOCAL = "127.0.0.1";
  private static final int MAX_PORT = 65535;

  /** Parses "host:port", or "port"; the default host is 127.0.0.1. */
  static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? LOCAL : text.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
    String port = text.substring(colon + 1);
    if (host.isEmpty() || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > MAX_PORT) {
      throw new IllegalArgumentException(
          "'" + text + "' is neither host:port nor a port from 0 to " + MAX_PORT);
    }
    return new HostPort(host, Integer.parseInt(port));
  }

  /** Converts the address of a TCP socket. */
  static HostPort of(@Nullable SocketAddress address) {
    if (address instanceof InetSocketAddress inet) {
      return new HostPort(inet.getAddress().getHostAddress(), inet.getPort());
    }
    throw new IllegalArgumentException(address + " is not the address of a TCP socket");
  }

  @Override
  public CompletableFuture<StreamConnection> connect(ConnectOptions options) {
    return AsyncStreams.openConnection(host, port, options);
  }

  @Override
  public CompletableFuture<Server> listen(ConnectionHandler handler, ServerOptions options) {
    return AsyncStreams.startServer(handler, host, port, options);
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
