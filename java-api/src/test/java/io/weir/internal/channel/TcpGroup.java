package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.internal.concurrent.IoThread;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousChannelGroup;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** I/O threads for one test, and TCP channels on them; it ends when none of those is open. */
final class TcpGroup {

  final AsynchronousChannelGroup group;

  TcpGroup() throws IOException {
    group = AsynchronousChannelGroup.withFixedThreadPool(2, IoThread.factory("contract-io"));
  }

  AsyncServerChannel listen() throws IOException {
    return new TcpSockets(group, Runnable::run)
        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50, Map.of());
  }

  List<AsyncByteChannel> pair() throws Exception {
    AsyncServerChannel server = listen();
    RecordingHandler<AsyncByteChannel> accepted = RecordingHandler.by(server::accept);
    AsyncByteChannel connected = connect(server).value();
    AsyncByteChannel other = accepted.value();
    server.close();
    return List.of(connected, other);
  }

  RecordingHandler<AsyncByteChannel> connect(AsyncServerChannel server) throws IOException {
    TcpConnector connector = new TcpSockets(group, Runnable::run).connector(Map.of(), null);
    return RecordingHandler.by(
        handler -> connector.connect((InetSocketAddress) server.localAddress(), handler));
  }

  /** A group ends only when all of its channels are closed. */
  void assertNothingIsOpen() throws Exception {
    group.shutdown();
    assertTrue(group.awaitTermination(20, TimeUnit.SECONDS), "a channel is still open");
  }
}
