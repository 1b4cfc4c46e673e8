package io.weir.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Program;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Sends bytes into one socket and reads them from another, on one thread. Now and then it stops to
 * read until the source can send no more either: everything between the two is full then.
 */
final class SlowTransfer {

  private static final int PAUSES = 8;
  private static final long STUCK_MILLIS = 100;
  private static final long DEADLINE_MILLIS = TimeUnit.SECONDS.toMillis(Program.DEADLINE_SECONDS);

  private final long total;
  private final byte[] pattern = new byte[1024 * 1024 + 7]; // repeats at no round number
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(256 * 1024);
  private long sent;
  private long received;
  private int timesStuck;

  SlowTransfer(long total) {
    this.total = total;
    new Random(1).nextBytes(pattern);
  }

  /** Moves everything and checks it; returns how often the source had to wait for the reader. */
  int run(SocketChannel source, SocketChannel sink) throws IOException {
    try (Selector selector = Selector.open()) {
      source.configureBlocking(false);
      sink.configureBlocking(false);
      SelectionKey sending = source.register(selector, SelectionKey.OP_WRITE);
      SelectionKey reading = sink.register(selector, 0);
      for (boolean ended = false; !ended; ) {
        boolean pausing = reading.interestOps() == 0;
        selector.select(pausing ? STUCK_MILLIS : DEADLINE_MILLIS);
        if (selector.selectedKeys().isEmpty()) {
          assertTrue(pausing, "nothing moves: " + sent + " sent, " + received + " received");
          timesStuck += sent < total ? 1 : 0;
          reading.interestOps(SelectionKey.OP_READ);
        }
        if (selector.selectedKeys().contains(sending)) {
          send(source, sending);
        }
        if (selector.selectedKeys().contains(reading)) {
          long before = received;
          ended = read(sink);
          if (before * PAUSES / total < received * PAUSES / total && !ended) {
            reading.interestOps(0);
          }
        }
        selector.selectedKeys().clear();
      }
    }
    assertEquals(total, received);
    return timesStuck;
  }

  private void send(SocketChannel source, SelectionKey sending) throws IOException {
    int at = (int) (sent % pattern.length);
    int length = (int) Math.min(Math.min(pattern.length - at, chunk.capacity()), total - sent);
    sent += source.write(ByteBuffer.wrap(pattern, at, length));
    if (sent == total) {
      source.shutdownOutput();
      sending.interestOps(0);
    }
  }

  private boolean read(SocketChannel sink) throws IOException {
    chunk.clear();
    if (sink.read(chunk) < 0) {
      return true;
    }
    chunk.flip();
    while (chunk.hasRemaining()) {
      int at = (int) (received % pattern.length);
      int length = Math.min(pattern.length - at, chunk.remaining());
      ByteBuffer expected = ByteBuffer.wrap(pattern, at, length);
      assertEquals(-1, chunk.slice(chunk.position(), length).mismatch(expected), "differs");
      chunk.position(chunk.position() + length);
      received += length;
    }
    return false;
  }
}
