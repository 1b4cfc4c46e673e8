package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.weir.testing.ChannelProviders;
import io.weir.testing.Deadline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Channels on one selector loop, for tests of what every kind of them promises. */
final class SelectorSockets {

  private static final int BACKLOG = 50;
  private static final int CARRYING_THREADS = 2;

  /** For all tests. */
  static final SelectorChannelGroup LOOPS =
      ChannelProviders.selectors("contract", CARRYING_THREADS);

  private static final AtomicInteger PATHS = new AtomicInteger();

  private SelectorSockets() {}

  /** Connects to a server, or fails to. */
  interface Connecting {
    AsyncByteChannel connect() throws IOException;
  }

  static RecordingHandler<AsyncByteChannel> tellsOf(Connecting connecting) {
    return RecordingHandler.by(
        handler -> {
          try {
            handler.completed(connecting.connect(), null);
          } catch (IOException e) {
            handler.failed(e, null);
          }
        });
  }

  static AsyncServerChannel listenOnTcp() throws IOException {
    ServerSocketChannel listening = ServerSocketChannel.open();
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    return UnixChannels.adopt(listening, /* cleanup= */ true, LOOPS);
  }

  static AsyncByteChannel connectTcp(AsyncServerChannel server) throws IOException {
    return SelectorSocketChannel.adopt(SocketChannel.open(server.localAddress()), LOOPS);
  }

  static AsyncServerChannel listenIn(Path directory) throws IOException {
    return UnixChannels.bind(
        newPath(directory), BACKLOG, /* mode= */ null, /* cleanup= */ true, LOOPS);
  }

  /** Connects from a path of its own, as two that have no name cannot be told apart. */
  static AsyncByteChannel connectFrom(Path directory, AsyncServerChannel server)
      throws IOException {
    SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      socket.bind(UnixDomainSocketAddress.of(newPath(directory)));
      socket.connect(server.localAddress());
    } catch (IOException e) {
      Closeables.closeQuietly(socket);
      throw e;
    }
    return SelectorSocketChannel.adopt(socket, LOOPS);
  }

  private static Path newPath(Path directory) {
    return directory.resolve("s" + PATHS.incrementAndGet());
  }

  /** Two connected channels; the server has served its purpose. */
  static List<AsyncByteChannel> pair(AsyncServerChannel server, Connecting connecting)
      throws Exception {
    RecordingHandler<AsyncByteChannel> accepted = RecordingHandler.by(server::accept);
    AsyncByteChannel connected = connecting.connect();
    AsyncByteChannel other = accepted.value();
    server.close();
    return List.of(connected, other);
  }

  /** The kernel's sockets are gone, and not only closed in name. */
  static void assertNothingIsOpen() {
    Deadline.await("no channel is on the loops", () -> LOOPS.channels() == 0);
    assertFalse(LOOPS.channels() > 0);
  }
}
