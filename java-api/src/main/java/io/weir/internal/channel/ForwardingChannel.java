package io.weir.internal.channel;

import io.weir.internal.concurrent.CompletionExecutor;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A channel over another one. Forwards every call that a subclass does not override. */
public abstract class ForwardingChannel implements AsyncByteChannel {

  /** The channel below. */
  protected final AsyncByteChannel inner;

  /** Wraps a channel, which belongs to this one from now on. */
  protected ForwardingChannel(AsyncByteChannel inner) {
    this.inner = inner;
  }

  @Override
  public void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
    inner.read(dst, handler);
  }

  @Override
  public void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
    inner.write(srcs, count, handler);
  }

  @Override
  public long stopWriting() {
    return inner.stopWriting();
  }

  @Override
  public boolean canEndOutput() {
    return inner.canEndOutput();
  }

  @Override
  public void endOutput() throws IOException {
    inner.endOutput();
  }

  @Override
  public void close(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    inner.close(handler);
  }

  @Override
  public void hurryClose() {
    inner.hurryClose();
  }

  @Override
  public boolean hasSentAll() {
    return inner.hasSentAll();
  }

  @Override
  public void abort() {
    inner.abort();
  }

  @Override
  public CompletionExecutor completions() {
    return inner.completions();
  }

  @Override
  public @Nullable Object extraInfo(String name) {
    return inner.extraInfo(name);
  }

  @Override
  public boolean isOpen() {
    return inner.isOpen();
  }

  @Override
  public @Nullable SocketAddress localAddress() {
    return inner.localAddress();
  }

  @Override
  public @Nullable SocketAddress remoteAddress() {
    return inner.remoteAddress();
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return inner.supportedOptions();
  }

  @Override
  public <T> @Nullable T option(SocketOption<T> name) throws IOException {
    return inner.option(name);
  }

  @Override
  public <T> void option(SocketOption<T> name, T value) throws IOException {
    inner.option(name, value);
  }

  @Override
  public String toString() {
    return inner.toString();
  }
}
