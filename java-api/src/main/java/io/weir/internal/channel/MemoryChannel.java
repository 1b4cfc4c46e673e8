package io.weir.internal.channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection inside this process. Each direction has a buffer of limited size. There
 * is no thread: an operation completes inside the call that started it, or inside the call on the
 * other end that made it possible. No handler is called under a lock.
 *
 * <p>After {@link #close} the peer reads the rest of the bytes and then EOF, after {@link #abort}
 * the rest and then an error. The peer's writes fail.
 */
public final class MemoryChannel implements AsyncByteChannel {

  private static final AtomicInteger PAIRS = new AtomicInteger();

  private final MemoryPipe incoming;
  private final MemoryPipe outgoing;
  private final Address localAddress;
  private final Address remoteAddress;

  private volatile boolean open = true;

  private MemoryChannel(
      MemoryPipe incoming, MemoryPipe outgoing, Address localAddress, Address remoteAddress) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
  }

  /**
   * Returns whether an address belongs to a channel in memory, also when other channels wrap it.
   */
  public static boolean isAddress(@Nullable SocketAddress address) {
    return address instanceof Address;
  }

  /**
   * Creates two connected channels.
   *
   * @param capacityBytes the size of the buffer of each direction, more than 0
   */
  public static Pair pair(int capacityBytes) {
    if (capacityBytes <= 0) {
      throw new IllegalArgumentException(
          "capacityBytes is " + capacityBytes + ": it cannot be <= 0");
    }
    MemoryPipe there = new MemoryPipe(capacityBytes);
    MemoryPipe back = new MemoryPipe(capacityBytes);
    int number = PAIRS.incrementAndGet();
    Address left = new Address("memory-" + number + "-left");
    Address right = new Address("memory-" + number + "-right");
    return new Pair(
        new MemoryChannel(back, there, left, right), new MemoryChannel(there, back, right, left));
  }

  @Override
  public void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
    incoming.read(dst, handler);
  }

  @Override
  public void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
    outgoing.write(srcs, count, handler);
  }

  @Override
  public long stopWriting() {
    return outgoing.stopSource();
  }

  @Override
  public boolean canEndOutput() {
    return true;
  }

  @Override
  public void endOutput() throws IOException {
    outgoing.shutdownSource();
  }

  @Override
  public void close(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    closeBoth(/* abort= */ false);
    handler.completed(null, null);
  }

  @Override
  public void abort() {
    closeBoth(/* abort= */ true);
  }

  /**
   * Closes both directions. Only the first call has an effect, so an abort after a close changes
   * nothing.
   */
  private void closeBoth(boolean abort) {
    open = false;
    outgoing.closeSource(abort);
    incoming.closeSink();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public SocketAddress localAddress() {
    return localAddress;
  }

  @Override
  public SocketAddress remoteAddress() {
    return remoteAddress;
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return Set.of();
  }

  @Override
  public <T> @Nullable T option(SocketOption<T> name) {
    throw unsupported(name);
  }

  @Override
  public <T> void option(SocketOption<T> name, T value) {
    throw unsupported(name);
  }

  private static UnsupportedOperationException unsupported(SocketOption<?> name) {
    return new UnsupportedOperationException("'" + name + "' not supported: there is no socket");
  }

  @Override
  public String toString() {
    return localAddress + " -> " + remoteAddress + (open ? "" : " (closed)");
  }

  /**
   * The two ends of a connection.
   *
   * @param left one end
   * @param right the other end
   */
  public record Pair(MemoryChannel left, MemoryChannel right) {}

  /** A name instead of an address. */
  private static final class Address extends SocketAddress {

    private static final long serialVersionUID = 1L;

    private final String name;

    Address(String name) {
      this.name = name;
    }

    @Override
    public String toString() {
      return name;
    }
  }
}
