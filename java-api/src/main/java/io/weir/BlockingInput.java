package io.weir;

import io.weir.internal.stream.StreamInput;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/** The blocking view of a reader. */
final class BlockingInput extends InputStream {

  private static final int BYTE_MASK = 0xff;

  private final StreamInput input;
  private final Object reader; // also keeps the connection open
  private final Runnable onClose;
  private volatile boolean closed;

  BlockingInput(StreamInput input, Object reader, Runnable onClose) {
    this.input = input;
    this.reader = reader;
    this.onClose = onClose;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & BYTE_MASK;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    requireOpen();
    Objects.checkFromIndexSize(offset, length, Objects.requireNonNull(target, "target").length);
    ByteBuffer into = ByteBuffer.wrap(target, offset, length);
    Integer now = input.poll(into);
    int count = now == null ? BlockingWait.on(input.read(into, reader)) : now;
    if (count < 0) {
      requireOpen(); // closed meanwhile: that is not the end of the stream
    }
    return count;
  }

  @Override
  public int available() throws IOException {
    requireOpen();
    return input.buffered();
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the input stream is closed");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      onClose.run();
    }
  }

  @Override
  public String toString() {
    return "InputStream of " + reader;
  }
}
