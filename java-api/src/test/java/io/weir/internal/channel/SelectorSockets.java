package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.weir.testing.Deadline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Channels on one selector loop, for tests of what every kind of them promises. */
final class SelectorSockets {

  private static final int BACKLOG = 50;
  private static final int COMPLETING_THREADS = 2;

  /** One for all tests: a loop has no end. */
  static final SelectorLoop LOOP = startLoop();

  private static final AtomicInteger PATHS = new AtomicInteger();

  private SelectorSockets() {}

  private static SelectorLoop startLoop() {
    try {
      return SelectorLoop.start(
          IoThread.factory("contract-selector"),
          DaemonPool.forCompletions("contract-loop", COMPLETING_THREADS));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Connects to a server, or fails to. */
  interface Connecting {
    AsyncByteChannel connect() throws IOException;
  }

  static Told<AsyncByteChannel> tellsOf(Connecting connecting) {
    return Told.by(
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
    return UnixChannels.adopt(listening, /* cleanup= */ true, LOOP);
  }

  static AsyncByteChannel connectTcp(AsyncServerChannel server) throws IOException {
    return SelectorChannel.adopt(SocketChannel.open(server.localAddress()), LOOP);
  }

  static AsyncServerChannel listenIn(Path directory) throws IOException {
    return UnixChannels.bind(
        newPath(directory), BACKLOG, /* mode= */ null, /* cleanup= */ true, LOOP);
  }

  /** Connects from a path of its own, as two that have no name cannot be told apart. */
  static AsyncByteChannel connectFrom(Path directory, AsyncServerChannel server)
      throws IOException {
    SocketChannel socket = UnixChannels.open(Map.of());
    socket.bind(UnixDomainSocketAddress.of(newPath(directory)));
    Path path = ((UnixDomainSocketAddress) server.localAddress()).getPath();
    return UnixChannels.connect(socket, path, LOOP);
  }

  private static Path newPath(Path directory) {
    return directory.resolve("s" + PATHS.incrementAndGet());
  }

  /** Two connected channels; the server has served its purpose. */
  static List<AsyncByteChannel> pair(AsyncServerChannel server, Connecting connecting)
      throws Exception {
    Told<AsyncByteChannel> accepted = Told.by(server::accept);
    AsyncByteChannel connected = connecting.connect();
    AsyncByteChannel other = accepted.value();
    server.close();
    return List.of(connected, other);
  }

  /** The kernel's sockets are gone, and not only closed in name. */
  static void assertNothingIsOpen() {
    Deadline.await("no channel is on the loop", () -> LOOP.channels() == 0);
    assertFalse(LOOP.channels() > 0);
  }
}
