package io.weir.parity;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionLostException;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.Transport;
import io.weir.WriteLimits;
import io.weir.testing.BlockingPeer;
import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedChannel;
import io.weir.testing.ScriptedConnection;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** CPython's test_proactor_events.py: one operation at a time, which completes when it likes. */
class ProactorTransportParityTest {

  private final ScriptedConnection scripted = ScriptedConnection.made(StreamReader.DEFAULT_LIMIT);
  private final ScriptedChannel channel = scripted.channel();
  private final StreamReader reader = scripted.reader();
  private final StreamWriter writer = scripted.writer();
  private final Transport transport = scripted.transport();

  @AfterEach
  void theChannelWasUsedAsItsContractSays() {
    assertEquals(List.of(), channel.misuses());
  }

  @Nested
  class Reading {

    @Test
    @DisplayName("a read that completes delivers a copy of its own, and the next one is started")
    void testLoopReadingData() {
      scripted.connection().start();

      channel.arrive("first");
      byte[] first = Deadline.get(reader.read(100));
      channel.arrive("other");

      assertTrue(channel.isReadPending());
      assertEquals("first", text(first));
      assertEquals("other", text(reader.read(100)));
    }

    @Test
    @DisplayName("the end of the stream is the reader's end, and no further read is started")
    void testLoopReadingNoData() {
      scripted.connection().start();

      channel.arriveEof();

      assertEquals("", text(reader.read(100)));
      assertEquals(1, channel.reads());
      assertFalse(transport.isClosing());
    }

    @Test
    @DisplayName("a read that is aborted while the connection is open ends the connection")
    void testLoopReadingAborted() {
      scripted.connection().start();
      AsynchronousCloseException aborted = new AsynchronousCloseException();

      channel.failRead(aborted);

      ConnectionLostException lost =
          Deadline.failure(ConnectionLostException.class, writer.waitClosed());
      assertSame(aborted, lost.getCause());
    }

    @Test
    @DisplayName("a reset closes the channel and is not logged")
    void testLoopReadingConnResetLost() {
      scripted.connection().start();

      try (CapturedLog log = new CapturedLog()) {
        channel.failRead(new IOException("Connection reset"));

        assertEquals(List.of(), log.messages());
      }
      assertFalse(channel.isOpen());
      Deadline.failure(ConnectionLostException.class, reader.read(1));
    }

    @Test
    @DisplayName("any other error of a read ends the connection with that error")
    void testLoopReadingException() {
      scripted.connection().start();
      IllegalStateException error = new IllegalStateException("a bug of the channel");

      channel.failRead(error);

      ConnectionLostException lost =
          Deadline.failure(ConnectionLostException.class, reader.read(1));
      assertSame(error, lost.getCause());
    }

    @Test
    @DisplayName("a pause before the first read means that none is started")
    void testPauseReadingConnectionMade() {
      transport.pauseReading();
      scripted.connection().start();
      channel.arrive("data");

      assertEquals(0, channel.reads());
      assertFalse(transport.isReading());
      transport.resumeReading();
      assertEquals("data", text(reader.read(100)));
    }
  }

  @Nested
  class Writing {

    @Test
    @DisplayName("the first write goes out directly")
    void testWrite() {
      channel.holdWrites();

      writer.write(bytes("data"));

      assertTrue(channel.isWritePending());
      assertEquals(1, channel.writes());
    }

    @Test
    @DisplayName("an empty write does nothing")
    void testWriteNoData() {
      writer.write(new byte[0]);

      assertEquals(0, channel.writes());
      assertEquals(0, transport.getWriteBufferSize());
    }

    @Test
    @DisplayName("a write while one is in flight is queued")
    void testWriteMore() {
      channel.holdWrites();
      writer.write(bytes("in flight"));

      writer.write(bytes("queued"));

      assertEquals(1, channel.writes());
      assertEquals("in flightqueued".length(), transport.getWriteBufferSize());
    }

    @Test
    @DisplayName("what was queued is sent when the write before it completes")
    void testLoopWriting() {
      channel.holdWrites();
      writer.write(bytes("in flight"));
      writer.write(bytes(", queued"));

      channel.completeWrite();

      assertEquals(2, channel.writes());
      channel.completeWrite();
      assertEquals("in flight, queued", channel.writtenText());
    }

    @Test
    @DisplayName("a write that fails ends the connection, and the log tells of the fifth one lost")
    void testLoopWritingErr() {
      channel.holdWrites();
      writer.write(bytes("data"));

      channel.failWrite(new IOException("Broken pipe"));

      assertTrue(transport.isClosing());
      try (CapturedLog log = new CapturedLog()) {
        for (int i = 0; i < 4; i++) {
          writer.write(bytes("data"));
        }
        assertEquals(List.of(), log.messages());
        writer.write(bytes("data"));
        assertNotEquals(List.of(), log.messages());
      }
      assertEquals(1, channel.writes());
    }

    @Test
    @DisplayName("when nothing is left no write is outstanding")
    void testLoopWritingStop() {
      channel.holdWrites();
      writer.write(bytes("data"));

      channel.completeWrite();

      assertFalse(channel.isWritePending());
      assertEquals(1, channel.writes());
    }

    @Test
    @DisplayName("more than the high mark pauses the writer, and the completion lets it go on")
    void testPauseResumeWriting() {
      transport.setWriteBufferLimits(new WriteLimits(0, 2));
      channel.holdWrites();
      writer.write(bytes("large"));
      CompletableFuture<Void> drain = writer.drain();
      assertFalse(drain.isDone());

      channel.completeWrite();

      assertNull(Deadline.get(drain));
      assertTrue(writer.drain().isDone());
    }

    @Test
    @DisplayName("the size that pauses counts the write in flight")
    void testPauseWriting2write() {
      transport.setWriteBufferLimits(new WriteLimits(0, 5));
      channel.holdWrites();

      writer.write(new byte[3]);
      assertEquals(3, transport.getWriteBufferSize());
      assertTrue(writer.drain().isDone());

      writer.write(new byte[3]);
      assertEquals(6, transport.getWriteBufferSize());
      assertFalse(writer.drain().isDone());
    }

    @Test
    @DisplayName("a write that completes at once does not pause the writer")
    void testDontPauseWriting() {
      transport.setWriteBufferLimits(new WriteLimits(0, 4));

      writer.write(bytes("very large data"));

      assertTrue(writer.drain().isDone());
      assertNull(Deadline.get(writer.drain()));
    }

    @Test
    @DisplayName("writeEof ends the outgoing half once")
    void testWriteEof() {
      writer.writeEof();
      writer.writeEof();

      assertEquals(1, channel.shutdowns());
    }

    @Test
    @DisplayName("the outgoing half ends after the write in flight has completed")
    void testWriteEofBuffer() {
      channel.holdWrites();
      writer.write(bytes("data"));

      writer.writeEof();

      assertEquals(0, channel.shutdowns());
      channel.completeWrite();
      assertEquals("data", channel.writtenText());
      assertEquals(1, channel.shutdowns());
    }
  }

  @Nested
  class Closing {

    @Test
    @DisplayName("abort ends the connection without an error")
    void testAbort() {
      scripted.connection().start();

      transport.abort();

      assertNull(Deadline.get(writer.waitClosed()));
      assertFalse(channel.isOpen());
    }

    @Test
    @DisplayName("close ends the connection once, however often it is called")
    void testClose() {
      scripted.connection().start();

      writer.close();
      assertEquals(1, scripted.ends().get());
      writer.close();

      assertEquals(1, scripted.ends().get());
      assertNull(Deadline.get(writer.waitClosed()));
    }

    @Test
    @DisplayName("close waits for what is queued")
    void testCloseBuffer() {
      channel.holdWrites();
      writer.write(bytes("in flight"));
      writer.write(bytes(", queued"));

      writer.close();

      assertEquals(0, scripted.ends().get());
      channel.completeWrite();
      assertEquals(0, scripted.ends().get());
      channel.completeWrite();
      assertEquals("in flight, queued", channel.writtenText());
      assertEquals(1, scripted.ends().get());
    }

    @Test
    @DisplayName("a forced close ends both operations and drops the queue")
    void testForceClose() {
      scripted.connection().start();
      channel.holdWrites();
      writer.write(bytes("in flight"));
      writer.write(bytes(", queued"));

      transport.abort();

      assertFalse(channel.isReadPending());
      assertFalse(channel.isWritePending());
      assertEquals(0, transport.getWriteBufferSize());
      assertEquals("", channel.writtenText());
      assertEquals(1, channel.writes());
    }

    @Test
    @DisplayName("a forced close behind a close, and another, end the connection once")
    void testForceCloseProtocolConnectionLostOnce() {
      channel.holdWrites();
      writer.write(bytes("in flight"));
      writer.close();
      assertEquals(0, scripted.ends().get());

      transport.abort();
      transport.abort();

      assertEquals(1, scripted.ends().get());
    }

    @Test
    @DisplayName("closes, before the channel has closed and after it, end the connection once")
    void testCloseProtocolConnectionLostOnce() {
      channel.holdClose();
      writer.close();
      writer.close();
      assertEquals(0, scripted.ends().get());

      channel.completeClose();
      writer.close();

      assertEquals(1, scripted.ends().get());
      assertEquals(1, channel.closes());
    }
  }

  @Nested
  class Accepting {

    @Test
    @DisplayName("each connection gets its streams, and the next is accepted")
    void testCreateServer() {
      try (TestServer served =
              TestServer.by(
                  (reader, writer) -> {
                    writer.write(bytes("hello\n"));
                    return writer.drain();
                  });
          BlockingPeer first = served.connect();
          BlockingPeer second = served.connect()) {

        assertEquals("hello\n", first.receiveLine());
        assertEquals("hello\n", second.receiveLine());
      }
    }

    @Test
    @DisplayName("closing ends the accept that is pending, and that is no error")
    void testStopServing() {
      try (TestServer served = TestServer.by((reader, writer) -> new CompletableFuture<>())) {
        served.server().close();

        assertEquals(List.of(), served.server().sockets());
        assertThrows(UncheckedIOException.class, served::connect);
        assertNull(Deadline.get(served.server().waitClosed()));
        assertTrue(served.reports().isEmpty(), served.reports().toString());
      }
    }
  }
}
