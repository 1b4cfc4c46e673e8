package io.weir.internal.tls;

import io.weir.internal.channel.AsyncByteChannel;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads ciphertext from the inner channel into a {@link TlsEngine}, with one read outstanding. Its
 * methods are called by events of the {@link EventQueue}.
 */
final class TlsInput implements CompletionHandler<Integer, @Nullable Void> {

  private sealed interface State {

    enum Plain implements State {
      IDLE,
      READING,
      /** Received ciphertext is to be decrypted in another turn. */
      YIELDING
    }

    /**
     * No more reads are possible.
     *
     * @param cause the error of the read that failed
     */
    record Failed(IOException cause) implements State {}
  }

  private final AsyncByteChannel inner;
  private final TlsEngine engine;
  private final EventQueue events;
  private final Runnable onReceived;
  private final Consumer<IOException> onFailure;
  private final Runnable received = this::received; // created once, for the event of each read
  private int count; // of bytes that the last read has received, or -1
  private State state = State.Plain.IDLE;

  /**
   * Creates an idle input.
   *
   * @param onReceived runs in an event after the engine has received bytes or the EOF, or has
   *     another turn
   * @param onFailure receives, in an event, the error of a read, and again for each later read
   */
  TlsInput(
      AsyncByteChannel inner,
      TlsEngine engine,
      EventQueue events,
      Runnable onReceived,
      Consumer<IOException> onFailure) {
    this.inner = inner;
    this.engine = engine;
    this.events = events;
    this.onReceived = onReceived;
    this.onFailure = onFailure;
  }

  /** Starts a read, unless one is outstanding. Reports the error of an earlier read again. */
  void receive() {
    if (state instanceof State.Failed failed) {
      onFailure.accept(failed.cause());
    } else if (state == State.Plain.IDLE) {
      state = State.Plain.READING;
      inner.read(engine.room(), this);
    }
  }

  /** Has the received ciphertext decrypted after other connections have had their turn. */
  void goOnLater() {
    if (state == State.Plain.IDLE) {
      state = State.Plain.YIELDING;
      inner.completions().runLater(() -> events.post(this::goOn));
    }
  }

  private void goOn() {
    state = State.Plain.IDLE;
    engine.newTurn();
    onReceived.run();
  }

  @Override
  public void completed(Integer count, @Nullable Void attachment) {
    this.count = count;
    events.post(received);
  }

  private void received() {
    state = State.Plain.IDLE;
    if (count < 0) {
      engine.receivedEof();
    } else {
      engine.received(count);
    }
    onReceived.run();
  }

  @Override
  public void failed(Throwable error, @Nullable Void attachment) {
    events.post(() -> fail(failureOf(error)));
  }

  private void fail(IOException why) {
    state = new State.Failed(why);
    onFailure.accept(why);
  }

  /**
   * Returns the failure of an operation of the channel below. When that channel is closed, this
   * side has closed the TLS channel during an outstanding operation.
   */
  static IOException failureOf(Throwable error) {
    if (error instanceof ClosedChannelException) {
      return new AsynchronousCloseException();
    }
    return error instanceof IOException known ? known : new IOException(error.toString(), error);
  }
}
