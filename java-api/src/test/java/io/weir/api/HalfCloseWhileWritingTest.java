package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.CloseReason;
import io.weir.ConnectOptions;
import io.weir.ConnectionLostException;
import io.weir.internal.stream.StateLimits;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * The end of the peer's half while an answer is being written: told within milliseconds, unless the
 * write reports a reset meanwhile.
 */
class HalfCloseWhileWritingTest {

  private final ScriptedConnection scripted = ScriptedConnection.open();
  private final CompletableFuture<byte[]> read = scripted.reader().read(100);

  private void peerEndsWhileWriting() {
    scripted.channel().holdWrites();
    scripted.writer().write(bytes("answer"));
    scripted.channel().arriveEof();
  }

  @Test
  void is_held_back_for_milliseconds_only() {
    peerEndsWhileWriting();
    assertTrue(StateLimits.DOUBT.compareTo(Duration.ofMillis(20)) <= 0);
    scripted.timers().advance(StateLimits.DOUBT.minusNanos(1));
    assertFalse(read.isDone());
    scripted.timers().advance(Duration.ofNanos(1));

    assertEquals("", text(read));
    scripted.channel().releaseWrites();
    assertEquals("answer", scripted.channel().writtenText());
    assertNull(Deadline.get(scripted.writer().drain()));
  }

  @Test
  void is_told_at_once_when_the_write_makes_progress() {
    peerEndsWhileWriting();
    scripted.channel().completeWrite(1);

    assertEquals("", text(read));
    assertEquals(0, scripted.timers().waiting());
  }

  @Test
  void is_a_reset_when_the_write_says_so() {
    peerEndsWhileWriting();
    scripted.channel().failWrite(new IOException("Connection reset by peer"));

    Deadline.failure(ConnectionLostException.class, read);
    assertEquals(CloseReason.Kind.RESET, scripted.writer().closeReason().kind());
  }

  @Test
  void leaves_a_later_loss_to_the_write_side() {
    peerEndsWhileWriting();
    scripted.timers().advance(StateLimits.DOUBT);
    assertEquals("", text(read));
    scripted.channel().failWrite(new IOException("Connection reset by peer"));

    Deadline.failure(ConnectionLostException.class, scripted.writer().drain());
    Deadline.failure(ConnectionLostException.class, scripted.writer().waitClosed());
    assertEquals(CloseReason.Kind.RESET, scripted.writer().closeReason().kind());
  }

  @Test
  void over_a_socket_is_told_while_the_peer_does_not_read() {
    try (ConnectedPair connected = ConnectedPair.open(ConnectOptions.DEFAULTS)) {
      CompletableFuture<byte[]> rest = connected.reader().read();
      byte[] much = new byte[8 << 20];
      connected.writer().write(much);
      connected.peer().send("question");
      connected.peer().shutdownOutput();

      assertEquals("question", text(Deadline.get(rest)));
      assertTrue(connected.writer().transport().getWriteBufferSize() > 0);
      connected.writer().close();
      assertEquals(much.length, connected.peer().receiveAll().length);
    }
  }
}
