package io.weir.internal.stream;

import static io.weir.testing.Texts.noise;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.weir.CloseReason;
import io.weir.ConnectionLostException;
import io.weir.StreamReader;
import io.weir.internal.concurrent.VirtualTimers;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedChannel;
import io.weir.testing.ScriptedConnection;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The number of unsent bytes after a write that fails behind the bytes that were accepted. */
class UnsentBytesTest {

  private static final int ACCEPTED = WriteQueue.MAX_CHUNK;
  private static final int LARGE = 3 * ACCEPTED;

  private static void assertAccepted(
      CloseReason.Kind kind, ScriptedChannel channel, Connection connection) {
    CloseReason reason = connection.closeReason();
    assertEquals(kind, reason.kind());
    assertEquals(ACCEPTED, channel.written().length);
    assertEquals(LARGE - ACCEPTED, reason.unsent());
    assertEquals(ACCEPTED, connection.info().sent());
  }

  @Test
  void does_not_contain_what_was_accepted_before_the_connection_was_lost() {
    ScriptedConnection scripted = ScriptedConnection.open();
    IOException brokenPipe = new IOException("Broken pipe");
    scripted.channel().takesAtOnce(ACCEPTED);
    scripted.channel().failsAtOnce(brokenPipe);
    scripted.writer().write(noise(LARGE, 1));
    scripted.channel().arriveEof();

    Throwable lost =
        Deadline.failure(ConnectionLostException.class, scripted.writer().waitClosed());
    assertSame(brokenPipe, lost.getCause());
    assertAccepted(CloseReason.Kind.RESET, scripted.channel(), scripted.connection());
  }

  @Test
  void does_not_contain_what_was_accepted_before_memory_ran_out() {
    ScriptedChannel inner = new ScriptedChannel();
    FailingChannel channel = new FailingChannel(inner);
    Connection connection =
        new Connection(
            channel,
            ConnectionSettings.of(StreamReader.DEFAULT_LIMIT),
            new VirtualTimers(),
            ended -> {});
    inner.takesAtOnce(ACCEPTED);
    channel.failAt(FailingChannel.Call.WRITE_NOW, 2, new OutOfMemoryError("a test"));
    ScriptedConnection.writerOf(connection).write(noise(LARGE, 2));

    Deadline.failure(ConnectionLostException.class, connection.waitClosed(null));
    assertAccepted(CloseReason.Kind.OUT_OF_MEMORY, inner, connection);
  }
}
