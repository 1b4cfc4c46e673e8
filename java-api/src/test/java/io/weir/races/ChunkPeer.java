package io.weir.races;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;

/**
 * A blocking peer for one connection: for each byte it gets it sends the next piece of the pattern,
 * of a random size. It ends the stream when its peer does.
 */
final class ChunkPeer implements AutoCloseable {

  private final ServerSocket listening;
  private final Thread thread;
  private final Pattern pattern = new Pattern();

  ChunkPeer() throws IOException {
    listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    thread = new Thread(this::serve, "chunk-peer");
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return listening.getLocalPort();
  }

  private void serve() {
    Random random = new Random(7);
    try (Socket socket = listening.accept()) {
      socket.setTcpNoDelay(true);
      while (socket.getInputStream().read() >= 0) {
        socket.getOutputStream().write(pattern.next(1 + random.nextInt(Reads.MAX_CHUNK)));
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
