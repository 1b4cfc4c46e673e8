package io.weir.samples;

import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;

/** An address to listen on or to connect to: a TCP address or the path of a Unix domain socket. */
public sealed interface Endpoint permits HostPort, UnixPath {

  /** Connects to this address. */
  CompletableFuture<StreamConnection> connect(ConnectOptions options);

  /** Listens on this address. */
  CompletableFuture<Server> listen(ConnectionHandler handler, ServerOptions options);

  /** Parses "unix:path", "host:port", or "port"; the default host is 127.0.0.1. */
  static Endpoint parse(String text) {
    return text.startsWith("unix:")
        ? new UnixPath(Path.of(text.substring("unix:".length())))
        : HostPort.parse(text);
  }

  /** Converts the address of a socket. */
  static Endpoint of(@Nullable SocketAddress address) {
    return address instanceof UnixDomainSocketAddress unix
        ? new UnixPath(unix.getPath())
        : HostPort.of(address);
  }

  /** Returns the address that a server listens on. */
  static Endpoint of(Server server) {
    return of(server.sockets().get(0).localAddress());
  }

  /** Returns the address of the peer, or its user on a Unix domain socket. */
  static String peer(StreamWriter writer) {
    UnixDomainPrincipal principal = writer.getExtraInfo(ExtraInfo.PEER_CREDENTIALS);
    return principal == null
        ? of(writer.getExtraInfo(ExtraInfo.PEER_NAME)).toString()
        : principal.user().getName();
  }
}
