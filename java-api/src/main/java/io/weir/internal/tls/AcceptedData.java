package io.weir.internal.tls;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

/**
 * Converts a number of bytes that the inner channel has accepted to a number of bytes of data, in
 * whole records. Events report the buffers that are sent, and any thread may ask. So a thread that
 * aborts the connection learns the number, even during a write of another thread.
 */
final class AcceptedData {

  private static final long NOT_STARTED = -1;

  @GuardedBy("this")
  private long inTheClear = NOT_STARTED; // bytes before TLS

  @GuardedBy("this")
  private long ciphertext; // bytes in the buffers that have been sent

  @GuardedBy("this")
  private long data; // bytes in the same buffers

  @GuardedBy("this")
  private @Nullable CiphertextBuffer sending;

  @GuardedBy("this")
  private int written; // bytes of this buffer, of which writes have been reported

  /** Notes that TLS starts after a number of bytes. */
  synchronized void start(long bytesInTheClear) {
    inTheClear = bytesInTheClear;
  }

  /** Notes that a buffer, which is not changed until then, is to be sent. */
  synchronized void sending(CiphertextBuffer buffer) {
    sending = buffer;
    written = 0;
  }

  /** Notes how many bytes of the buffer have been written. */
  synchronized void written(int bytes) {
    written = bytes;
  }

  /** Notes that no more of the buffer is sent, which may change from now on. */
  synchronized void released() {
    if (sending != null) {
      ciphertext += written;
      data += sending.dataBefore(written);
      sending = null;
    }
  }

  /**
   * Returns how many bytes of data are accepted, with those before TLS.
   *
   * @param accepted how many bytes the inner channel has accepted; -1 when it does not count them,
   *     and those count whose writes have been reported
   */
  synchronized long total(long accepted) {
    if (inTheClear == NOT_STARTED) {
      return accepted;
    }
    long ofBuffer = accepted < 0 ? written : accepted - inTheClear - ciphertext;
    return inTheClear + data + (sending == null ? 0 : sending.dataBefore(ofBuffer));
  }
}
