package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectOptions;
import io.weir.ConnectionLostException;
import io.weir.StreamWriter;
import io.weir.WriteLimits;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedChannel;
import io.weir.testing.ScriptedConnection;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A drain around the close of its own side: it fails at once, and what was queued is sent. */
class ClosingDrainTest {

  private final ScriptedConnection scripted = ScriptedConnection.open();
  private final ScriptedChannel channel = scripted.channel();
  private final StreamWriter writer = scripted.writer();

  @BeforeEach
  void the_channel_takes_nothing() {
    channel.holdWrites();
    scripted.transport().setWriteBufferLimits(WriteLimits.ofHigh(3));
  }

  private static void assertClosedHere(CompletableFuture<Void> drain) {
    String text = Deadline.failure(ConnectionLostException.class, drain).getMessage();
    assertTrue(text.contains("closed on this side"), text);
  }

  private void assertSent(String expected) {
    assertFalse(writer.waitClosed().isDone());
    channel.releaseWrites();
    assertEquals(expected, channel.writtenText());
    assertNull(Deadline.get(writer.waitClosed()));
    assertEquals(0, writer.closeReason().unsent());
  }

  @Test
  void a_drain_that_waits_fails_when_the_program_closes() {
    writer.write(bytes("queued"));
    CompletableFuture<Void> drain = writer.drain();
    assertFalse(drain.isDone());
    writer.close();

    assertClosedHere(drain);
    assertSent("queued");
  }

  @Test
  void every_drain_that_waits_fails_when_the_program_closes_gracefully() {
    writer.write(bytes("queued"));
    CompletableFuture<Void> one = writer.drain();
    CompletableFuture<Void> other = writer.drain();
    writer.closeGracefully(Deadline.TIME);

    assertClosedHere(one);
    assertClosedHere(other);
    channel.releaseWrites();
    assertEquals("queued", channel.writtenText());
  }

  @Test
  void a_drain_behind_a_close_fails_however_much_is_queued() {
    writer.write(bytes("few"));
    writer.close();
    assertClosedHere(writer.drain());
    assertSent("few");
    assertClosedHere(writer.drain());
  }

  @Test
  void a_drain_behind_a_close_fails_above_the_high_watermark() {
    writer.write(bytes("many"));
    writer.close();
    assertClosedHere(writer.drain());
    assertSent("many");
  }

  @Test
  void a_callback_of_the_drain_that_fails_may_abort() {
    writer.write(bytes("queued"));
    CompletableFuture<Void> aborted = writer.drain().exceptionally(closed -> abort(scripted));
    writer.close();

    assertNull(Deadline.get(aborted));
    assertNull(Deadline.get(writer.waitClosed()));
    assertEquals(6, writer.closeReason().unsent());
  }

  private static Void abort(ScriptedConnection connection) {
    connection.transport().abort();
    return null;
  }

  @Test
  void over_a_socket_a_drain_fails_at_once_though_the_peer_does_not_read() {
    try (ConnectedPair connected = ConnectedPair.open(ConnectOptions.DEFAULTS)) {
      byte[] much = new byte[8 << 20];
      connected.writer().write(much);
      CompletableFuture<Void> drain = connected.writer().drain();
      assertFalse(drain.isDone());
      connected.writer().close();

      assertClosedHere(drain);
      assertEquals(much.length, connected.peer().receiveAll().length);
      assertNull(Deadline.get(connected.writer().waitClosed()));
    }
  }
}
