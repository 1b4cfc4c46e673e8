package io.weir.programs;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.testing.Hosts;
import io.weir.testing.Loopback;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A program for a JVM without IPv6: it serves and connects where both families are asked for. */
public final class Ipv4Only {

  private static final ConnectionHandler NOTHING = ConnectionHandler.of((reader, writer) -> {});

  private Ipv4Only() {}

  /** Says what came of it, a line each. */
  public static void main(String[] args) {
    Server server = start("::1", "127.0.0.1").join();
    server.sockets().forEach(socket -> say("listening on", socket.localAddress()));
    ConnectOptions both =
        ConnectOptions.DEFAULTS.withResolver(host -> Hosts.addresses("::1", "127.0.0.1"));
    StreamConnection connection =
        AsyncStreams.openConnection("both.test", Loopback.port(server), both).join();
    say("connected to", connection.writer().getExtraInfo(ExtraInfo.PEER_NAME));
    try {
      start("::1").join();
    } catch (CompletionException e) {
      System.out.println(
          e.getCause().getClass().getSimpleName() + ": " + e.getCause().getMessage());
    }
  }

  private static CompletableFuture<Server> start(String... hosts) {
    return AsyncStreams.startServer(NOTHING, List.of(hosts), 0, ServerOptions.DEFAULTS);
  }

  private static void say(String what, SocketAddress address) {
    System.out.println(what + " " + ((InetSocketAddress) address).getAddress().getHostAddress());
  }
}
