package io.weir.internal.tls;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Outgoing ciphertext, in two buffers: the engine fills one, while the channel sends all of the
 * other. They come from a pool, which gets each back after sending.
 *
 * <p>Data is encrypted only while nothing is being sent, so that a slow peer holds up the writer.
 * Replies that TLS owes the peer are always encrypted, as far as one buffer holds them.
 */
final class CiphertextOutput {

  private final BufferPool pool;
  private final AcceptedData accepted = new AcceptedData();
  private @Nullable CiphertextBuffer filling;
  private @Nullable CiphertextBuffer sending;

  CiphertextOutput(BufferPool pool) {
    this.pool = pool;
  }

  /** Returns the count of data that the channel has accepted, which any thread may use. */
  AcceptedData accepted() {
    return accepted;
  }

  /** Returns whether there is ciphertext to send. */
  boolean isEmpty() {
    return sending == null && (filling == null || filling.bytes.position() == 0);
  }

  /** Returns whether a record of a number of bytes can be added. */
  boolean hasRoom(int bytes) {
    return filling == null || filling.hasRoom(bytes);
  }

  /** Returns the buffer to add a number of bytes to, after {@link #hasRoom} has returned true. */
  ByteBuffer room(int bytes) {
    if (filling == null) {
      filling = bytes <= BufferPool.SIZE ? pool.acquire() : new CiphertextBuffer(bytes);
    }
    return filling.bytes;
  }

  /** Notes that the last record that was added contains a number of bytes of data. */
  void added(int data) {
    if (filling != null && data > 0) {
      filling.added(data);
    }
  }

  /** Returns the ciphertext to send. Sending moves the position. */
  ByteBuffer content() {
    if (sending == null) {
      sending = Objects.requireNonNull(filling);
      sending.bytes.flip();
      accepted.sending(sending);
      filling = null;
    }
    return sending.bytes;
  }

  /** Returns how many bytes of data have been sent, in whole records, since the last call. */
  long takeDataSent() {
    if (sending == null) {
      return 0;
    }
    accepted.written(sending.bytes.position());
    return sending.takeDataBeforePosition();
  }

  /** Releases what is being sent, because all bytes have been sent or none will be. */
  void sent() {
    if (sending != null) {
      accepted.released();
      pool.release(sending);
      sending = null;
    }
  }
}
