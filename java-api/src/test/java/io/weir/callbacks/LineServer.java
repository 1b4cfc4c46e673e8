package io.weir.callbacks;

import static io.weir.testing.Texts.bytes;

import io.weir.testing.BlockingSockets;
import io.weir.testing.Tasks;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/** A blocking server of one connection that writes lines of two bytes as fast as they are read. */
final class LineServer implements AutoCloseable {

  private static final int LINES_A_WRITE = 30_000;

  private final ServerSocket listening;
  private final CompletableFuture<Void> opened = new CompletableFuture<>();
  private final Future<Boolean> thread;

  /** Listens; no line is written before {@link #open}. */
  LineServer(int lines) throws IOException {
    listening = BlockingSockets.listen();
    thread = Tasks.start(() -> feed(lines));
  }

  int port() {
    return listening.getLocalPort();
  }

  /** Begins to write. */
  void open() {
    opened.complete(null);
  }

  private boolean feed(int lines) throws IOException {
    byte[] some = bytes("x\n".repeat(LINES_A_WRITE));
    try (Socket socket = BlockingSockets.accept(listening)) {
      opened.join();
      OutputStream out = socket.getOutputStream();
      for (int left = lines; left > 0; left -= LINES_A_WRITE) {
        out.write(some, 0, 2 * Math.min(left, LINES_A_WRITE));
      }
      return socket.getInputStream().read() < 0; // the client closes first
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    opened.complete(null);
    thread.cancel(true);
  }
}
