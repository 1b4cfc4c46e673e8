package io.weir.internal.tls;

import io.weir.internal.channel.AsyncByteChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the ciphertext of a {@link TlsEngine} to the inner channel, with one write outstanding.
 * Its methods are called by events of the {@link EventQueue}.
 *
 * <pre>
 *            send()                  sendAlert()
 *   SENDING &lt;-------- IDLE --------------&gt; SENDING_ALERT
 *      |  |   written  ^  ^     written        |   |
 *      |  +------------+  +--------------------+   |
 *      |             an error                      |
 *      +-----------------&gt; Failed &lt;----------------+
 *
 *            endIfAwaited()
 *   IDLE ---------------------&gt; ENDED
 * </pre>
 */
final class TlsOutput implements CompletionHandler<Long, @Nullable Void> {

  private sealed interface State {

    enum Plain implements State {
      IDLE,
      SENDING,
      SENDING_ALERT,
      /** The inner channel is half-closed, so nothing more is sent. */
      ENDED
    }

    /**
     * No more writes are possible.
     *
     * @param cause the error of the write that failed
     */
    record Failed(IOException cause) implements State {}
  }

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final AsyncByteChannel inner;
  private final TlsEngine engine;
  private final EventQueue events;
  private final Runnable onSent;
  private final LongConsumer onDataSent;
  private final Consumer<IOException> onFailure;
  private final ByteBuffer[] batch = {NOTHING};
  private final Runnable written = this::written; // created once, for the event of each write
  private State state = State.Plain.IDLE;

  /**
   * Creates an idle output.
   *
   * @param onSent runs in an event after all ciphertext has been written
   * @param onDataSent receives, in an event, how many bytes of data have been written, in whole
   *     records
   * @param onFailure receives, in an event, the error of a write
   */
  TlsOutput(
      AsyncByteChannel inner,
      TlsEngine engine,
      EventQueue events,
      Runnable onSent,
      LongConsumer onDataSent,
      Consumer<IOException> onFailure) {
    this.inner = inner;
    this.engine = engine;
    this.events = events;
    this.onSent = onSent;
    this.onDataSent = onDataSent;
    this.onFailure = onFailure;
  }

  boolean isSending() {
    return state == State.Plain.SENDING || isSendingAlert();
  }

  boolean isSendingAlert() {
    return state == State.Plain.SENDING_ALERT;
  }

  /** Returns the error of an earlier write. Valid after one has failed. */
  IOException failure() {
    return ((State.Failed) state).cause();
  }

  /**
   * Writes the engine's ciphertext, if there is any and no write is outstanding. After a failed
   * write it drops the ciphertext.
   *
   * @return the error of an earlier write, if it dropped ciphertext, or null
   */
  @Nullable IOException send() {
    return send(State.Plain.SENDING);
  }

  /** Writes the engine's ciphertext like {@link #send()}, in the state SENDING_ALERT. */
  @Nullable IOException sendAlert() {
    return send(State.Plain.SENDING_ALERT);
  }

  private @Nullable IOException send(State.Plain next) {
    if (isSending() || !engine.hasOutgoing()) {
      return null;
    }
    if (state instanceof State.Failed failed) {
      release();
      return failed.cause();
    }
    state = next;
    batch[0] = engine.outgoing();
    inner.write(batch, 1, this);
    return null;
  }

  /**
   * Half-closes the inner channel after close_notify, if the engine cannot receive the peer's. A
   * peer with such an engine waits for EOF as well, so each would wait for the other.
   */
  void endIfAwaited() {
    if (state == State.Plain.IDLE && engine.awaitsEof() && inner.canEndOutput()) {
      state = State.Plain.ENDED;
      try {
        inner.endOutput();
      } catch (IOException broken) {
        // The read of the inner channel reports that as well.
      }
    }
  }

  /** Releases the buffer, which another connection may take from the pool at once. */
  private void release() {
    batch[0] = NOTHING;
    engine.sent();
  }

  @Override
  public void completed(Long count, @Nullable Void attachment) {
    events.post(written);
  }

  private void written() {
    onDataSent.accept(engine.takeDataSent());
    if (engine.outgoing().hasRemaining() && engine.state() != TlsState.CLOSED) {
      inner.write(batch, 1, this);
      return;
    }
    state = State.Plain.IDLE;
    release();
    onSent.run();
  }

  @Override
  public void failed(Throwable error, @Nullable Void attachment) {
    events.post(() -> fail(TlsInput.failureOf(error)));
  }

  private void fail(IOException why) {
    state = new State.Failed(why);
    engine.notSent();
    release();
    onFailure.accept(why);
  }
}
