package io.weir.races;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Random;

/**
 * A blocking peer for one connection: for each byte it gets it sends the next piece of the pattern,
 * of a random size. It ends the stream when its peer does.
 */
final class ChunkPeer implements AutoCloseable {

  private final ServerSocketChannel listening;
  private final Thread thread;
  private final NumberedBytes pattern = new NumberedBytes();

  /** Serves one connection of a listening socket, which is closed with the peer. */
  ChunkPeer(ServerSocketChannel listening) {
    this.listening = listening;
    thread = new Thread(this::serve, "chunk-peer");
    thread.setDaemon(true);
    thread.start();
  }

  SocketAddress address() throws IOException {
    return listening.getLocalAddress();
  }

  private void serve() {
    Random random = new Random(7);
    ByteBuffer asked = ByteBuffer.allocate(1);
    try (SocketChannel socket = listening.accept()) {
      if (socket.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
      while (socket.read(asked.clear()) >= 0) {
        socket.write(ByteBuffer.wrap(pattern.next(1 + random.nextInt(RandomReads.MAX_CHUNK))));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many bytes were sent, once the stream has ended. */
  long sent() throws InterruptedException {
    thread.join();
    return pattern.sent();
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
