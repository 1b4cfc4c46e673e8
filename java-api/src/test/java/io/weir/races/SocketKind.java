package io.weir.races;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.testing.CallbackCheck;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.TestRuntime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;

/** What carries a race. */
enum SocketKind {
  TCP,
  UNIX;

  /** Starts a server; a path is made in the directory. */
  Server start(ConnectionHandler given, Path directory) {
    ConnectionHandler handler = CallbackCheck.checked(given);
    return Deadline.get(
        this == TCP
            ? AsyncStreams.startServer(
                handler, Loopback.HOST, 0, TestRuntime.in(ServerOptions.DEFAULTS))
            : AsyncStreams.startUnixServer(handler, directory.resolve("s")));
  }

  /** Connects to a server. */
  StreamConnection connect(Server server) {
    return connect(server.sockets().get(0).localAddress());
  }

  /** Connects to an address. */
  StreamConnection connect(SocketAddress address) {
    return Deadline.get(
        address instanceof UnixDomainSocketAddress unix
            ? AsyncStreams.openUnixConnection(unix.getPath())
            : AsyncStreams.openConnection(
                Loopback.HOST,
                ((InetSocketAddress) address).getPort(),
                TestRuntime.in(ConnectOptions.DEFAULTS)));
  }

  /** Listens with a socket of the JDK. */
  ServerSocketChannel listen(Path directory) throws IOException {
    return this == TCP
        ? ServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        : ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(directory.resolve("s")));
  }
}
