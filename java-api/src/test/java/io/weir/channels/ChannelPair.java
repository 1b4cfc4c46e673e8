package io.weir.channels;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.weir.testing.Deadline;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import jdk.net.ExtendedSocketOptions;

/**
 * A connected channel.
 *
 * @param channel the channel under test
 * @param peer the other end
 */
record ChannelPair(AsynchronousSocketChannel channel, Socket peer) {

  /** More than the kernel keeps for the two sockets. */
  static final int MUCH = 1024 * 1024;

  private static final int MAX_WRITES = 1000;

  /** A write that takes longer waits for the peer to read. On a busy machine each poll is slow. */
  private static final int STUCK_POLLS = 80;

  private static final long POLL_NANOS = 200_000;

  // ---- the peer ----

  /** Sends from the peer to the channel. */
  void peerSends(String text) throws IOException {
    peer.getOutputStream().write(bytes(text));
  }

  /** Receives so many bytes at the peer. */
  String peerReceives(int count) throws IOException {
    return text(peer.getInputStream().readNBytes(count));
  }

  // ---- the channel ----

  /** Reads so many bytes from the channel. */
  String read(int count) {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining()) {
      assertTrue(Deadline.get(channel.read(buffer)) > 0, "end of stream");
    }
    return filled(buffer);
  }

  /** Returns what a buffer holds before its position. */
  static String filled(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.position()];
    buffer.duplicate().flip().get(bytes);
    return text(bytes);
  }

  /** Writes all of a text to the channel. */
  void write(String text) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes(text));
    while (buffer.hasRemaining()) {
      Deadline.get(channel.write(buffer));
    }
  }

  /** Asserts that bytes pass in both directions. */
  void assertWorks() throws IOException {
    peerSends("to the channel");
    assertEquals("to the channel", read(14));
    write("to the peer");
    assertEquals("to the peer", peerReceives(11));
  }

  // ---- outstanding operations ----

  /** Starts a read that stays outstanding. */
  Outcome<Integer> pendingRead() throws Exception {
    return Outcome.of(handler -> channel.read(ByteBuffer.allocate(1), null, handler));
  }

  /** Starts writes until one stays outstanding, because the peer does not read. */
  Outcome<Integer> pendingWrite() throws Exception {
    for (int i = 0; i < MAX_WRITES; i++) {
      Outcome<Integer> write =
          Outcome.of(handler -> channel.write(ByteBuffer.allocate(MUCH), null, handler));
      if (isStuck(write::isDone)) {
        return write;
      }
    }
    return fail("the kernel accepts everything");
  }

  /** Starts writes until one stays outstanding, for a future. */
  Future<Integer> pendingWriteFuture() throws IOException {
    for (int i = 0; i < MAX_WRITES; i++) {
      Future<Integer> write = channel.write(ByteBuffer.allocate(MUCH));
      if (isStuck(write::isDone)) {
        return write;
      }
    }
    return fail("the kernel accepts everything");
  }

  private boolean isStuck(BooleanSupplier isDone) throws IOException {
    for (int i = 0; i < STUCK_POLLS && !isDone.getAsBoolean(); i++) {
      peer.setOption(ExtendedSocketOptions.TCP_QUICKACK, true); // sends the ACK that is delayed
      LockSupport.parkNanos(POLL_NANOS);
    }
    return !isDone.getAsBoolean();
  }
}
