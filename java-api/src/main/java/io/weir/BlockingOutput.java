package io.weir;

import io.weir.internal.stream.Connection;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Objects;

/** The blocking view of a writer. */
final class BlockingOutput extends OutputStream {

  /** Large arrays are written in parts, each of which waits until the peer keeps up. */
  private static final int MAX_PART = 64 * 1024;

  private final Connection connection;
  private final Object writer; // also keeps the connection open
  private volatile boolean closed;

  BlockingOutput(Connection connection, Object writer) {
    this.connection = connection;
    this.writer = writer;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] data, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, Objects.requireNonNull(data, "data").length);
    int written = 0;
    while (written < length) {
      requireOpen();
      int part = Math.min(MAX_PART, length - written);
      writePart(data, offset + written, part);
      written += part;
      drain(written);
    }
  }

  private void writePart(byte[] data, int offset, int length) throws IOException {
    try {
      connection.write(data, offset, length);
    } catch (IllegalStateException afterEof) {
      throw new IOException(afterEof.getMessage(), afterEof);
    }
  }

  private void drain(int written) throws IOException {
    try {
      BlockingWait.on(connection.drain(writer));
    } catch (InterruptedIOException e) {
      e.bytesTransferred = written;
      throw e;
    }
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the output stream is closed");
    }
  }

  @Override
  public void flush() throws IOException {
    if (!closed) {
      drain(0);
    }
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      connection.close();
      BlockingWait.on(connection.waitClosed(writer));
    }
  }

  @Override
  public String toString() {
    return "OutputStream of " + writer;
  }
}
