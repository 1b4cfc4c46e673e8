package io.weir.internal.stream;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.jfr.FlightEvents;
import io.weir.internal.tls.TlsChannel;
import io.weir.internal.tls.TlsChannelFactory;
import io.weir.internal.tls.TlsSetup;
import java.io.IOException;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The upgrade of a connection to TLS, from {@code startTls} to the end of the handshake. The
 * connection swaps its channel for {@link #channel} under its lock, sends what was queued in the
 * clear, and then starts the {@link #handshake}.
 */
final class TlsUpgrade implements CompletionHandler<@Nullable Void, @Nullable Void> {

  private enum Phase {
    /** What was queued before is still being sent in the clear. */
    SWITCHING,
    /** The handshake is under way, and its own timeout runs. */
    HANDSHAKING,
    /** The handshake has succeeded or failed. */
    OVER
  }

  private final TlsSetup layer;
  private final TlsChannelFactory maker;
  private final CompletionExecutor completions;
  private final BiConsumer<TlsUpgrade, @Nullable Throwable> whenOver;
  private final StreamFuture<@Nullable Void> done = new StreamFuture<>();
  private @Nullable TlsChannel channel; // set once, under the lock of the connection
  private volatile Phase phase = Phase.SWITCHING;
  private long startedAt; // when the handshake started, by the clock

  /**
   * Creates an upgrade before its handshake.
   *
   * @param completions completes the future
   * @param whenOver is called once, without a lock, after the handshake, with its failure or null
   */
  TlsUpgrade(
      TlsSetup layer,
      TlsChannelFactory maker,
      CompletionExecutor completions,
      BiConsumer<TlsUpgrade, @Nullable Throwable> whenOver) {
    this.layer = layer;
    this.maker = maker;
    this.completions = completions;
    this.whenOver = whenOver;
  }

  TlsSetup layer() {
    return layer;
  }

  /** Completes when the handshake has succeeded or failed. */
  StreamFuture<@Nullable Void> done() {
    return done;
  }

  boolean isHandshaking() {
    return phase == Phase.HANDSHAKING;
  }

  boolean isOver() {
    return phase == Phase.OVER || done.isDone();
  }

  /**
   * Creates the channel that replaces the connection's.
   *
   * @param clear the channel below, with the unread bytes pushed back
   */
  AsyncByteChannel channelOver(AsyncByteChannel clear) {
    channel = maker.wrap(clear);
    return channel;
  }

  /**
   * Starts the handshake.
   *
   * @param now the time of the clock
   * @param sentBefore the number of bytes that have been sent before TLS
   */
  void handshake(long now, long sentBefore) {
    TlsChannel over = channel;
    if (over != null) {
      startedAt = now;
      FlightEvents.handshake(over::remoteAddress, done);
      phase = Phase.HANDSHAKING;
      over.handshake(sentBefore, this);
    }
  }

  @Override
  public void completed(@Nullable Void result, @Nullable Void attachment) {
    phase = Phase.OVER;
    whenOver.accept(this, null);
  }

  @Override
  public void failed(Throwable error, @Nullable Void attachment) {
    phase = Phase.OVER;
    whenOver.accept(this, error);
  }

  /** Returns the time since the handshake started. */
  Duration duration(long now) {
    return Duration.ofNanos(now - startedAt);
  }

  /** Completes the future. */
  void complete() {
    completions.run(() -> done.complete(null));
  }

  /** Fails the future, if it is not done. */
  void fail(IOException why) {
    if (!done.isDone()) {
      completions.run(() -> done.completeExceptionally(why));
    }
  }
}
