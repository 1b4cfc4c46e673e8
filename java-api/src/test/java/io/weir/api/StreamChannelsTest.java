package io.weir.api;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.ExtraInfo;
import io.weir.InternalAccess;
import io.weir.Server;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By default, streams run on the asynchronous channels of java.nio.channels, on both sides. */
class StreamChannelsTest {

  @TempDir Path directory;

  /** The writer of the server's side, kept so that the connection stays open. */
  private final CompletableFuture<StreamWriter> accepted = new CompletableFuture<>();

  private final ConnectionHandler keeping =
      ConnectionHandler.of((reader, writer) -> accepted.complete(writer));

  private Server server;
  private StreamConnection client;

  @AfterEach
  void close() {
    client.writer().transport().abort();
    Loopback.end(server);
  }

  @Test
  void a_tcp_connection_runs_on_them() throws Exception {
    server = Loopback.serve(keeping);
    client = Loopback.connect(server);

    assertAsynchronous();
  }

  @Test
  void a_connection_of_a_unix_domain_socket_runs_on_them() throws Exception {
    Path path = directory.resolve("s");
    server = Deadline.get(AsyncStreams.startUnixServer(keeping, path));
    client = Deadline.get(AsyncStreams.openUnixConnection(path));

    assertAsynchronous();
  }

  @Test
  void adopted_blocking_channels_run_on_them() throws Exception {
    ServerSocketChannel listening = ServerSocketChannel.open().bind(anyPort());
    server = Deadline.get(AsyncStreams.startServer(keeping, listening));
    client =
        Deadline.get(AsyncStreams.openConnection(SocketChannel.open(listening.getLocalAddress())));

    assertAsynchronous();
  }

  @Test
  void adopted_blocking_channels_of_a_unix_domain_socket_run_on_them() throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
    ServerSocketChannel listening =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
    server = Deadline.get(AsyncStreams.startServer(keeping, listening));
    client = Deadline.get(AsyncStreams.openConnection(SocketChannel.open(address)));

    assertAsynchronous();
  }

  @Test
  void adopted_asynchronous_channels_are_used_themselves() throws Exception {
    AsynchronousServerSocketChannel listening =
        AsynchronousServerSocketChannel.open().bind(anyPort());
    AsynchronousSocketChannel connected = AsynchronousSocketChannel.open();
    server = Deadline.get(AsyncStreams.startServer(keeping, listening));
    connected.connect(listening.getLocalAddress()).get();
    client = Deadline.get(AsyncStreams.openConnection(connected));

    assertSame(listening, listeningChannel());
    assertSame(connected, channelOf(client.writer()));
    assertInstanceOf(AsynchronousSocketChannel.class, channelOf(Deadline.get(accepted)));
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private void assertAsynchronous() throws Exception {
    assertInstanceOf(AsynchronousServerSocketChannel.class, listeningChannel());
    assertInstanceOf(AsynchronousSocketChannel.class, channelOf(client.writer()));
    assertInstanceOf(AsynchronousSocketChannel.class, channelOf(Deadline.get(accepted)));
  }

  private Object listeningChannel() throws ReflectiveOperationException {
    return InternalAccess.channel(server.sockets().get(0));
  }

  private static Object channelOf(StreamWriter writer) throws ReflectiveOperationException {
    return InternalAccess.channel(writer.getExtraInfo(ExtraInfo.SOCKET));
  }
}
