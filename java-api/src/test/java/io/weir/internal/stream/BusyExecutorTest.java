package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionLostException;
import io.weir.Decoders;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedConnection;
import java.net.SocketTimeoutException;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A read by a decoder whose bytes have arrived, while the executor of the program is busy. */
class BusyExecutorTest {

  private static final int LIMIT = 100;
  private static final Duration TIME = Duration.ofSeconds(30);

  private final Queue<Runnable> tasks = new ArrayDeque<>();

  private ScriptedConnection open(Timeouts timeouts) {
    return ScriptedConnection.open(new ConnectionSettings(LIMIT, tasks::add, timeouts));
  }

  private void runTasks() {
    Runnable next = tasks.poll();
    while (next != null) {
      next.run();
      next = tasks.poll();
    }
  }

  @Test
  void holds_the_peer_up_when_twice_the_limit_is_buffered() {
    ScriptedConnection streams = open(Timeouts.NONE);
    CompletableFuture<Integer> value = streams.reader().read(Decoders.uint8());
    int arrived = 0;
    while (streams.channel().isReadPending() && arrived < 100 * LIMIT) {
      streams.channel().arrive(new byte[LIMIT]);
      arrived += LIMIT;
    }

    assertEquals(3 * LIMIT, streams.connection().buffered());
    runTasks();
    assertEquals(0, Deadline.get(value));
    assertFalse(streams.channel().isReadPending());
    assertEquals(299, Deadline.get(streams.reader().read(LIMIT * 10)).length);
    assertTrue(streams.channel().isReadPending());
  }

  @Test
  void does_not_hold_the_peer_up_when_the_value_needs_more() {
    ScriptedConnection streams = open(Timeouts.NONE);
    CompletableFuture<byte[]> value = streams.reader().read(Decoders.until(new byte[] {1}));
    while (streams.channel().isReadPending()) {
      streams.channel().arrive(new byte[LIMIT]);
    }
    runTasks();

    assertTrue(streams.channel().isReadPending());
    streams.channel().arrive(new byte[] {1});
    runTasks();
    assertEquals(3 * LIMIT, Deadline.get(value).length);
  }

  @Test
  void is_not_taken_for_a_peer_that_sends_nothing() {
    ScriptedConnection streams = open(new Timeouts(null, TIME, null));
    CompletableFuture<Integer> value = streams.reader().read(Decoders.uint16(ByteOrder.BIG_ENDIAN));
    streams.channel().arrive(new byte[] {0, 7});
    streams.timers().advance(TIME.multipliedBy(2));
    assertFalse(streams.writer().isClosing());
    runTasks();

    assertEquals(7, Deadline.get(value));
  }

  @Test
  void leaves_the_time_of_a_read_that_still_needs_bytes() {
    ScriptedConnection streams = open(new Timeouts(null, TIME, null));
    CompletableFuture<Integer> value =
        streams.reader().read(Decoders.uint16(ByteOrder.BIG_ENDIAN).then(n -> Decoders.uint8()));
    streams.timers().advance(TIME.minusSeconds(1));
    streams.channel().arrive(new byte[] {0, 7});
    runTasks();
    streams.timers().advance(Duration.ofSeconds(1));
    runTasks();

    ConnectionLostException lost = Deadline.failure(ConnectionLostException.class, value);
    assertInstanceOf(SocketTimeoutException.class, lost.getCause());
  }
}
