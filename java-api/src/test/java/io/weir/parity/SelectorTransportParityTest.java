package io.weir.parity;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionLostException;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.Transport;
import io.weir.WriteLimits;
import io.weir.internal.stream.StateLimits;
import io.weir.internal.stream.WriteQueue;
import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedChannel;
import io.weir.testing.ScriptedConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** CPython's test_selector_events.py: the transport, over a channel that the test decides on. */
class SelectorTransportParityTest {

  private final ScriptedConnection scripted = ScriptedConnection.made(StreamReader.DEFAULT_LIMIT);
  private final ScriptedChannel channel = scripted.channel();
  private final StreamReader reader = scripted.reader();
  private final StreamWriter writer = scripted.writer();
  private final Transport transport = scripted.transport();

  @AfterEach
  void theChannelWasUsedAsItsContractSays() {
    assertEquals(List.of(), channel.misuses());
  }

  /** Leaves this much in the queue, behind a write that the channel has not taken. */
  private void queue(String data) {
    channel.holdWrites();
    writer.write(bytes(data));
  }

  @Nested
  class ClosePaths {

    @Test
    @DisplayName("abort closes at once, and without an error")
    void testAbort() {
      scripted.connection().start();
      queue("never taken");

      transport.abort();

      assertFalse(channel.isOpen());
      assertEquals("", channel.writtenText());
      assertNull(Deadline.get(writer.waitClosed()));
      assertEquals("", text(reader.read()));
    }

    @Test
    @DisplayName("close stops reading, ends the connection once, and can be called again")
    void testClose() {
      scripted.connection().start();
      assertTrue(transport.isReading());

      writer.close();
      writer.close();

      assertTrue(transport.isClosing());
      assertFalse(transport.isReading());
      assertEquals(1, channel.closes());
      assertEquals(1, scripted.ends().get());
      assertNull(Deadline.get(writer.waitClosed()));
    }

    @Test
    @DisplayName("close with data in the queue does not end the connection yet")
    void testCloseWriteBuffer() {
      queue("data");

      writer.close();

      assertTrue(transport.isClosing());
      assertEquals(0, channel.closes());
      assertFalse(writer.waitClosed().isDone());
      channel.completeWrite();
      assertEquals("data", channel.writtenText());
      assertEquals(1, channel.closes());
      assertNull(Deadline.get(writer.waitClosed()));
    }

    @Test
    @DisplayName("a forced close drops the queue, stops both directions, and can be called again")
    void testForceClose() {
      scripted.connection().start();
      queue("1");

      transport.abort();
      transport.abort();

      assertEquals(0, transport.getWriteBufferSize());
      assertFalse(channel.isReadPending());
      assertFalse(channel.isWritePending());
      assertTrue(transport.isClosing());
      assertEquals(1, scripted.ends().get());
    }

    @Test
    @DisplayName("an I/O error ends the connection and is told to its user, not to a log")
    void testFatalError() {
      scripted.connection().start();
      IOException reset = new IOException("Connection reset");
      CapturedLog log = new CapturedLog();

      try (log) {
        channel.failRead(reset);
      }

      assertEquals(List.of(), log.messages());
      ConnectionLostException lost =
          Deadline.failure(ConnectionLostException.class, writer.waitClosed());
      assertSame(reset, lost.getCause());
    }

    @Test
    @DisplayName("a lost connection tells the reader, closes the channel, and lets go of the queue")
    void testConnectionLost() {
      scripted.connection().start();
      CompletableFuture<byte[]> line = reader.readLine();

      channel.failRead(new IOException("Connection reset"));

      Deadline.failure(ConnectionLostException.class, line);
      assertFalse(channel.isOpen());
      assertEquals(1, scripted.ends().get());
      assertEquals(0, transport.getWriteBufferSize());
    }
  }

  @Nested
  class Reading {

    @Test
    @DisplayName("pausing and resuming can be repeated, shows, and is over with close")
    void testPauseResumeReading() {
      scripted.connection().start();
      assertTrue(transport.isReading());

      for (int i = 0; i < 2; i++) {
        transport.pauseReading();
        assertFalse(transport.isReading());
      }
      channel.arrive("was on its way");
      assertFalse(channel.isReadPending());
      for (int i = 0; i < 2; i++) {
        transport.resumeReading();
        assertTrue(transport.isReading());
      }
      assertTrue(channel.isReadPending());

      writer.close();
      assertFalse(transport.isReading());
      assertDoesNotThrow(transport::pauseReading);
      assertDoesNotThrow(transport::resumeReading);
      assertFalse(transport.isReading());
      assertEquals("was on its way", text(reader.read()));
    }

    @Test
    @DisplayName("pausing before the connection begins to read takes effect")
    void testPauseReadingConnectionMade() {
      transport.pauseReading();

      scripted.connection().start();

      assertFalse(transport.isReading());
      assertEquals(0, channel.reads());
      transport.resumeReading();
      assertTrue(transport.isReading());
      assertEquals(1, channel.reads());
    }

    @Test
    @DisplayName("an I/O error while reading ends the connection with that error")
    void testReadReadyErr() {
      scripted.connection().start();
      IOException error = new IOException("No route to host");

      channel.failRead(error);

      ConnectionLostException lost =
          Deadline.failure(ConnectionLostException.class, reader.read(1));
      assertSame(error, lost.getCause());
      assertTrue(lost.getMessage().contains("reading"), lost.getMessage());
      assertTrue(transport.isClosing());
    }
  }

  @Nested
  class Writing {

    @Test
    @DisplayName("a write is handed to the channel at once")
    void testWrite() {
      writer.write(bytes("data"));

      assertEquals("data", channel.writtenText());
      assertEquals(0, transport.getWriteBufferSize());
    }

    @Test
    @DisplayName("a write sends an array and does not change it")
    void testWriteBytearray() {
      byte[] data = bytes("data");

      writer.write(data);

      assertEquals("data", channel.writtenText());
      assertArrayEquals(bytes("data"), data);
    }

    @Test
    @DisplayName("a write sends a part of a buffer")
    void testWriteMemoryview() {
      ByteBuffer data = ByteBuffer.wrap(bytes("<data>")).slice(1, 4).asReadOnlyBuffer();

      writer.write(data);

      assertEquals("data", channel.writtenText());
      assertFalse(data.hasRemaining());
    }

    @Test
    @DisplayName("a write of nothing sends nothing and keeps the queue")
    void testWriteNoData() {
      queue("data");

      writer.write(new byte[0]);

      assertEquals(1, channel.writes());
      assertEquals(4, transport.getWriteBufferSize());
      channel.completeWrite();
      assertEquals(1, channel.writes());
      assertEquals("data", channel.writtenText());
    }

    @Test
    @DisplayName("a write behind others is queued, in order")
    void testWriteBuffer() {
      queue("data1");

      writer.write(bytes("data2"));

      assertEquals("", channel.writtenText());
      assertEquals(10, transport.getWriteBufferSize());
      channel.releaseWrites();
      assertEquals("data1data2", channel.writtenText());
    }

    @Test
    @DisplayName("what a short write leaves is kept")
    void testWritePartial() {
      channel.takes(2);
      channel.holdWrites();

      writer.write(bytes("data"));

      assertEquals("da", channel.writtenText());
      assertEquals(2, transport.getWriteBufferSize());
      channel.releaseWrites();
      assertEquals("data", channel.writtenText());
    }

    @Test
    @DisplayName("what a short write of a buffer leaves is kept")
    void testWritePartialMemoryview() {
      channel.takes(2);
      channel.holdWrites();

      writer.write(ByteBuffer.wrap(bytes("data")));

      assertEquals("da", channel.writtenText());
      assertEquals(2, transport.getWriteBufferSize());
      channel.releaseWrites();
      assertEquals("data", channel.writtenText());
    }

    @Test
    @DisplayName("a write that takes no byte leaves all")
    void testWritePartialNone() {
      channel.takes(0);
      channel.holdWrites();

      writer.write(bytes("data"));

      assertEquals("", channel.writtenText());
      assertEquals(4, transport.getWriteBufferSize());
      channel.releaseWrites();
      assertEquals("data", channel.writtenText());
    }

    @Test
    @DisplayName("many parts are all sent, and nothing is outstanding then")
    void testWritelinesSendFull() {
      writer.writeLines(List.of(bytes("da"), bytes("ta")));

      assertEquals("data", channel.writtenText());
      assertFalse(channel.isWritePending());
      assertEquals(0, transport.getWriteBufferSize());
    }

    @Test
    @DisplayName("what a short write of many parts leaves is queued")
    void testWritelinesSendPartial() {
      channel.takes(3);
      channel.holdWrites();

      writer.writeLines(List.of(bytes("da"), bytes("ta")));

      assertEquals("dat", channel.writtenText());
      assertTrue(channel.isWritePending());
      assertEquals(1, transport.getWriteBufferSize());
      channel.releaseWrites();
      assertEquals("data", channel.writtenText());
    }

    @Test
    @DisplayName("many parts that are more than the high mark together pause the writer")
    void testWritelinesPausesProtocol() {
      transport.setWriteBufferLimits(new WriteLimits(1, 2));
      channel.holdWrites();

      writer.writeLines(List.of(bytes("da"), bytes("ta")));

      CompletableFuture<Void> drain = writer.drain();
      assertFalse(drain.isDone());
      channel.releaseWrites();
      assertNull(Deadline.get(drain));
    }

    /** Two writes that wait in two buffers, behind one in flight. */
    private void queueTwoBuffers() {
      queue("<");
      writer.write(new byte[WriteQueue.SMALL + 1]);
      writer.write(new byte[WriteQueue.SMALL + 1]);
    }

    @Test
    @DisplayName("parts that wait leave in one gathering write")
    void testWritelinesSendmsgFull() {
      queueTwoBuffers();

      channel.releaseWrites();

      assertEquals(List.of(1, 2), channel.gathered());
      assertEquals(1 + 2 * (WriteQueue.SMALL + 1), channel.written().length);
      assertFalse(channel.isWritePending());
    }

    @Test
    @DisplayName("what a short gathering write leaves is queued")
    void testWritelinesSendmsgPartial() {
      queueTwoBuffers();
      channel.takes(WriteQueue.SMALL + 3);

      channel.completeWrite();

      assertEquals(1 + WriteQueue.SMALL + 3, channel.written().length);
      assertEquals(WriteQueue.SMALL - 1, transport.getWriteBufferSize());
      channel.releaseWrites();
      assertEquals(List.of(1, 2, 1), channel.gathered());
      assertEquals(1 + 2 * (WriteQueue.SMALL + 1), channel.written().length);
    }

    @Test
    @DisplayName("one gathering write can empty the queue")
    void testWriteSendmsgFull() {
      queueTwoBuffers();
      channel.completeWrite();
      assertTrue(channel.isWritePending());

      channel.completeWrite();

      assertEquals(List.of(1, 2), channel.gathered());
      assertEquals(0, transport.getWriteBufferSize());
      assertFalse(channel.isWritePending());
    }

    @Test
    @DisplayName("a short gathering write takes the front of the first buffer off")
    void testWriteSendmsgPartial() {
      queue("<");
      String first = "f".repeat(WriteQueue.SMALL + 1);
      String second = "s".repeat(WriteQueue.SMALL + 1);
      writer.write(bytes(first));
      writer.write(bytes(second));
      channel.completeWrite();

      channel.completeWrite(10);

      assertEquals("<" + first.substring(0, 10), channel.writtenText());
      channel.releaseWrites();
      assertEquals(List.of(1, 2, 2), channel.gathered());
      assertEquals("<" + first + second, channel.writtenText());
    }

    @Test
    @DisplayName("a gathering write that fails drops the queue and ends the connection")
    void testWriteSendmsgOSError() {
      queueTwoBuffers();
      scripted.connection().start();
      IOException error = new IOException("Broken pipe");
      channel.completeWrite();

      channel.failWrite(error);
      channel.failRead(new IOException("Connection reset"));

      assertEquals(0, transport.getWriteBufferSize());
      ConnectionLostException lost =
          Deadline.failure(ConnectionLostException.class, writer.waitClosed());
      assertSame(error, lost.getCause());
    }

    @Test
    @DisplayName("writes after close are dropped, and the log says so from the fifth on")
    void testWriteClosing() {
      writer.close();
      try (CapturedLog log = new CapturedLog()) {
        for (int i = 0; i < 4; i++) {
          writer.write(bytes("data"));
        }
        assertEquals(List.of(), log.messages());

        writer.write(bytes("data"));

        assertEquals(1, log.messages().size());
      }
      assertEquals("", channel.writtenText());
    }

    @Test
    @DisplayName("the queue is written when the channel is ready, and nothing is outstanding then")
    void testWriteReady() {
      queue("data");

      channel.completeWrite();

      assertEquals("data", channel.writtenText());
      assertFalse(channel.isWritePending());
      assertEquals(0, transport.getWriteBufferSize());
    }

    @Test
    @DisplayName("the rest of the queue is kept when the channel takes a part")
    void testWriteReadyPartial() {
      queue("data");

      channel.completeWrite(2);

      assertEquals("da", channel.writtenText());
      assertEquals(2, transport.getWriteBufferSize());
      assertTrue(channel.isWritePending());
    }

    @Test
    @DisplayName("all of the queue is kept when the channel takes nothing")
    void testWriteReadyPartialNone() {
      queue("data");

      channel.completeWrite(0);

      assertEquals("", channel.writtenText());
      assertEquals(4, transport.getWriteBufferSize());
      assertTrue(channel.isWritePending());
    }

    @Test
    @DisplayName("a write that fails ends the connection with that error")
    void testWriteReadyException() {
      queue("data");
      IOException error = new IOException("Broken pipe");

      channel.failWrite(error);
      scripted.timers().advance(StateLimits.PATIENCE);

      ConnectionLostException lost =
          Deadline.failure(ConnectionLostException.class, writer.waitClosed());
      assertSame(error, lost.getCause());
      assertTrue(lost.getMessage().contains("writing"), lost.getMessage());
      assertFalse(channel.isOpen());
    }
  }

  @Nested
  class HalfClose {

    @Test
    @DisplayName("writeEof ends the outgoing half once, however often it is called")
    void testWriteEof() {
      assertTrue(writer.canWriteEof());

      writer.writeEof();
      assertEquals(1, channel.shutdowns());
      writer.writeEof();

      assertEquals(1, channel.shutdowns());
      assertFalse(transport.isClosing());
    }

    @Test
    @DisplayName("writeEof after close does nothing")
    void testWriteEofAfterClose() {
      writer.close();

      assertDoesNotThrow(writer::writeEof);

      assertEquals(0, channel.shutdowns());
      assertNull(Deadline.get(writer.waitClosed()));
    }
  }
}
