package io.weir.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's machine at one end of a wire: a peer that the test makes do what no stream does. All
 * happens on the thread that calls.
 */
public final class SslEnginePeer implements CompletionHandler<Integer, @Nullable Void> {

  private static final int LARGE = 64 * 1024;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final CuttableWire.End end;
  private final SSLEngine engine;
  private final ByteBuffer landing = ByteBuffer.allocate(LARGE);
  private final ByteBuffer ciphertext = ByteBuffer.allocate(4 * LARGE).flip();
  private final ByteArrayOutputStream plaintext = new ByteArrayOutputStream();
  private boolean polite;
  private boolean deaf;
  private boolean ended;
  private boolean turning;
  private @Nullable SSLException failure;

  /** Makes a peer that has not begun. */
  public SslEnginePeer(CuttableWire.End end, SSLEngine engine) {
    this.end = end;
    this.engine = engine;
  }

  /** Shakes hands, as far as the other end goes along, and reads from then on. */
  public void start() {
    check(engine::beginHandshake);
    turn();
    end.read(landing.clear(), this);
  }

  /** Answers the other end's good-bye, which it does not do by itself. */
  public void answerGoodBye() {
    polite = true;
  }

  /** Takes no notice of what comes from now on. */
  public void goDeaf() {
    deaf = true;
  }

  /** Says something. */
  public void say(String text) {
    send(Texts.bytes(text));
  }

  /** Sends data, in one record if that can hold it; no data as well. */
  public void send(byte[] data) {
    ByteBuffer left = ByteBuffer.wrap(data);
    do {
      wrap(left);
    } while (left.hasRemaining());
  }

  /** Asks for new keys (TLS 1.3), or for a new handshake (before that). */
  public void askForKeys() {
    check(engine::beginHandshake);
    turn();
  }

  /** Says good-bye. */
  public void sayGoodBye() {
    engine.closeOutbound();
    wrap(NOTHING);
  }

  /** What has come, decrypted, as text. */
  public String heard() {
    return Texts.text(plaintext.toByteArray());
  }

  /** Whether the other end has said good-bye. */
  public boolean heardGoodBye() {
    return engine.isInboundDone();
  }

  /** Whether no more comes. */
  public boolean sawEnd() {
    return ended;
  }

  /** What it found wrong; null for nothing. */
  public @Nullable SSLException failure() {
    return failure;
  }

  @Override
  public void completed(Integer count, @Nullable Void attachment) {
    if (count < 0) {
      ended = true;
      return;
    }
    if (!deaf) {
      landing.flip();
      ciphertext.compact().put(landing).flip();
      turn();
    }
    end.read(landing.clear(), this);
  }

  @Override
  public void failed(Throwable error, @Nullable Void attachment) {
    ended = true;
  }

  private void turn() {
    if (turning) {
      return; // who is at it goes on
    }
    turning = true;
    try {
      boolean moved = true;
      while (moved && failure == null) {
        moved = step();
      }
    } catch (SSLException e) {
      failure = e;
    } finally {
      turning = false;
    }
  }

  private boolean step() throws SSLException {
    HandshakeStatus status = engine.getHandshakeStatus();
    if (status == HandshakeStatus.NEED_TASK) {
      engine.getDelegatedTask().run();
      return true;
    }
    if (status == HandshakeStatus.NEED_WRAP) {
      wrap(NOTHING);
      return true;
    }
    ByteBuffer data = ByteBuffer.allocate(LARGE);
    SSLEngineResult result = engine.unwrap(ciphertext, data);
    plaintext.write(data.array(), 0, data.position());
    if (result.getStatus() == Status.CLOSED && polite && !engine.isOutboundDone()) {
      sayGoodBye();
    }
    return result.getStatus() == Status.OK && result.bytesConsumed() > 0;
  }

  private void wrap(ByteBuffer data) {
    ByteBuffer record = ByteBuffer.allocate(LARGE);
    check(() -> engine.wrap(data, record));
    record.flip();
    if (record.hasRemaining()) {
      end.write(new ByteBuffer[] {record}, 1, new Ignored());
    }
  }

  @FunctionalInterface
  private interface Call {
    void run() throws SSLException;
  }

  private static void check(Call call) {
    try {
      call.run();
    } catch (SSLException e) {
      throw new AssertionError(e);
    }
  }

  /** A wire takes what is written, or its other end has gone. */
  private static final class Ignored implements CompletionHandler<Long, @Nullable Void> {

    @Override
    public void completed(Long count, @Nullable Void attachment) {}

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {}
  }
}
