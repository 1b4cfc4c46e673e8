package io.weir.internal.connect;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.MemoryChannel;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A network in which nothing happens but what the test says. */
final class ScriptedNetwork implements HappyEyeballs.Dial {

  /** One address that is being dialled. */
  static final class Dialled implements Closeable {

    final InetSocketAddress address;
    final CompletionHandler<AsyncByteChannel, @Nullable Void> handler;
    boolean closed;

    Dialled(
        InetSocketAddress address, CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
      this.address = address;
      this.handler = handler;
    }

    /** Lets the address answer. */
    AsyncByteChannel answer() {
      AsyncByteChannel channel = MemoryChannel.pair(1).left();
      handler.completed(channel, null);
      return channel;
    }

    void fail(String text) {
      handler.failed(new IOException(text), null);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  final List<Dialled> dialled = new ArrayList<>();
  private @Nullable IOException refusal;
  private @Nullable RuntimeException breakdown;

  /** Lets no socket be opened from now on. */
  void refuse(String text) {
    refusal = new IOException(text);
  }

  /** Lets every dial throw what is no fault of an address from now on. */
  void breakDown(RuntimeException error) {
    breakdown = error;
  }

  @Override
  public Closeable start(
      InetSocketAddress address, CompletionHandler<AsyncByteChannel, @Nullable Void> handler)
      throws IOException {
    if (breakdown != null) {
      throw breakdown;
    }
    if (refusal != null) {
      throw refusal;
    }
    dialled.add(new Dialled(address, handler));
    return dialled.get(dialled.size() - 1);
  }

  Dialled at(int index) {
    return Objects.requireNonNull(dialled.get(index));
  }
}
