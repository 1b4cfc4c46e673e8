package io.weir.internal.stream;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.ForwardingChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;

/** A channel that throws an error in one of its calls. */
final class FailingChannel extends ForwardingChannel {

  /** The calls of a channel that can throw. */
  enum Call {
    READ,
    WRITE,
    WRITE_NOW,
    SHUTDOWN_OUTPUT,
    CLOSE,
    ABORT
  }

  private Call failing; // null while nothing is to fail; guarded by this
  private Error error; // guarded by this
  private int left; // calls until the one that throws; guarded by this
  private boolean thrown; // guarded by this

  FailingChannel(AsyncByteChannel inner) {
    super(inner);
  }

  /** Makes the n-th of these calls from now on throw. */
  synchronized void failAt(Call call, int n, Error thrownThere) {
    failing = call;
    left = n;
    error = thrownThere;
  }

  /** Whether the error has been thrown. */
  synchronized boolean hasThrown() {
    return thrown;
  }

  private synchronized void at(Call call) {
    if (call == failing && --left == 0) {
      thrown = true;
      throw error;
    }
  }

  @Override
  public void read(ByteBuffer dst, CompletionHandler<Integer, Void> handler) {
    at(Call.READ);
    inner.read(dst, handler);
  }

  @Override
  public ByteBuffer sharedBuffer() {
    return inner.sharedBuffer();
  }

  @Override
  public void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, Void> handler) {
    at(Call.WRITE);
    inner.write(srcs, count, handler);
  }

  @Override
  public int writeNow(ByteBuffer src) throws IOException {
    at(Call.WRITE_NOW);
    return inner.writeNow(src);
  }

  @Override
  public void endOutput() throws IOException {
    at(Call.SHUTDOWN_OUTPUT);
    inner.endOutput();
  }

  @Override
  public void close(CompletionHandler<Void, Void> handler) {
    at(Call.CLOSE);
    inner.close(handler);
  }

  @Override
  public void abort() {
    at(Call.ABORT);
    inner.abort();
  }
}
