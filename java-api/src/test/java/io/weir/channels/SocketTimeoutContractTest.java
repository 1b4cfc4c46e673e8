package io.weir.channels;

import static java.util.concurrent.TimeUnit.DAYS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.InterruptedByTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The limits of time of reads and writes. */
@ParameterizedClass
@MethodSource("io.weir.channels.ChannelGroups#opened")
class SocketTimeoutContractTest extends ChannelContract {

  private static ByteBuffer one() {
    return ByteBuffer.allocate(1);
  }

  private static Outcome<Integer> read(
      AsynchronousSocketChannel channel, long timeout, TimeUnit unit) throws Exception {
    return Outcome.of(handler -> channel.read(one(), timeout, unit, "attached", handler));
  }

  private static Outcome<Long> scatter(
      AsynchronousSocketChannel channel, long timeout, TimeUnit unit) throws Exception {
    return Outcome.of(
        handler ->
            channel.read(
                new ByteBuffer[] {one(), one()}, 0, 2, timeout, unit, "attached", handler));
  }

  private static Outcome<Integer> write(
      AsynchronousSocketChannel channel, int size, long timeout, TimeUnit unit) throws Exception {
    return Outcome.of(
        handler -> channel.write(ByteBuffer.allocate(size), timeout, unit, "attached", handler));
  }

  /** Writes with a limit until one runs out of it. */
  private static Outcome<Integer> writeUntilTimeout(ChannelPair pair) throws Exception {
    Outcome<Integer> write = write(pair.channel(), ChannelPair.MUCH, 20, MILLISECONDS);
    while (succeeds(write)) {
      write = write(pair.channel(), ChannelPair.MUCH, 20, MILLISECONDS);
    }
    return write;
  }

  private static boolean succeeds(Outcome<?> operation) {
    try {
      operation.value();
      return true;
    } catch (AssertionError failed) {
      assertTrue(operation.isDone());
      return false;
    }
  }

  // ---- reads ----

  @Test
  void a_read_that_takes_too_long_fails() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> read = read(pair.channel(), 1, MILLISECONDS);

    read.failure(InterruptedByTimeoutException.class);
    assertEquals("attached", read.attachment());
    assertEquals(1, read.calls());
    assertTrue(pair.channel().isOpen());
  }

  @Test
  void a_scattering_read_that_takes_too_long_fails() throws Exception {
    ChannelPair pair = connect();

    scatter(pair.channel(), 1, NANOSECONDS).failure(InterruptedByTimeoutException.class);
  }

  @Test
  void reads_are_refused_after_one_has_run_out_of_time_and_writes_are_not() throws Exception {
    ChannelPair pair = connect();
    read(pair.channel(), 1, MILLISECONDS).failure(InterruptedByTimeoutException.class);

    assertRefused(() -> pair.channel().read(one()));
    assertRefused(() -> read(pair.channel(), 0, SECONDS));
    assertRefused(() -> scatter(pair.channel(), 0, SECONDS));
    pair.write("abc");
    assertEquals("abc", pair.peerReceives(3));
    assertTrue(pair.channel().isOpen());
  }

  @Test
  void a_timeout_of_a_read_does_not_end_an_outstanding_write() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> write = pair.pendingWrite();
    read(pair.channel(), 1, MILLISECONDS).failure(InterruptedByTimeoutException.class);

    assertFalse(write.isDone());
    pair.peer().getInputStream().readNBytes(64 * 1024);
    assertTrue(write.value() > 0);
  }

  @Test
  void a_handler_finds_the_channel_refusing_reads() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> read =
        Outcome.of(
            handler ->
                pair.channel()
                    .read(
                        one(),
                        1,
                        MILLISECONDS,
                        null,
                        Handlers.<Integer>onFailure(
                            error -> {
                              assertRefused(() -> pair.channel().read(one()));
                              handler.completed(-2, null);
                            })));

    assertEquals(-2, read.value());
  }

  @Test
  void a_timeout_of_0_or_less_is_none() throws Exception {
    for (long timeout : new long[] {0, -1, Long.MIN_VALUE}) {
      ChannelPair pair = connect();
      Outcome<Integer> read = read(pair.channel(), timeout, DAYS);
      // Another timeout of the same clock passes meanwhile.
      read(connect().channel(), 1, MILLISECONDS).failure(InterruptedByTimeoutException.class);
      assertFalse(read.isDone());
      pair.peerSends("a");

      assertEquals(1, read.value());
      pair.assertWorks();
    }
  }

  @Test
  void a_huge_timeout_of_a_large_unit_does_not_overflow() throws Exception {
    for (long timeout : new long[] {Long.MAX_VALUE, Long.MAX_VALUE / 2, 365_000}) {
      ChannelPair pair = connect();
      Outcome<Integer> read = read(pair.channel(), timeout, DAYS);
      read(connect().channel(), 1, MILLISECONDS).failure(InterruptedByTimeoutException.class);
      assertFalse(read.isDone());
      pair.peerSends("a");

      assertEquals(1, read.value());
      pair.assertWorks();
    }
  }

  @Test
  void a_read_in_time_leaves_nothing_behind() throws Exception {
    ChannelPair pair = connect();
    pair.peerSends("ab");
    assertEquals(1, read(pair.channel(), 20, MILLISECONDS).value());
    assertEquals(1, read(pair.channel(), 1, DAYS).value());
    Outcome<Integer> untimed = pair.pendingRead();
    read(connect().channel(), 21, MILLISECONDS).failure(InterruptedByTimeoutException.class);

    assertFalse(untimed.isDone());
    pair.peerSends("c");
    assertEquals(1, untimed.value());
  }

  @Test
  void a_timeout_that_elapses_with_the_read_leaves_the_channel_usable_after_a_success()
      throws Exception {
    Assumptions.assumeFalse(groups.isJdk(), "its late timer may hit the next read");
    int succeeded = 0;
    for (int round = 0; round < 100; round++) {
      ChannelPair pair = connect();
      Outcome<Integer> read = read(pair.channel(), 300_000, NANOSECONDS);
      Tasks.spin(200_000 + round * 2000);
      pair.peerSends("ab");
      if (succeeds(read)) {
        succeeded++;
        assertEquals("b", pair.read(1));
        pair.assertWorks();
      } else {
        assertRefused(() -> pair.channel().read(one()));
      }
      pair.channel().close();
      pair.peer().close();
    }
    assertTrue(succeeded > 0);
  }

  @Test
  void a_close_ends_a_read_with_a_timeout() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> read = read(pair.channel(), 1, DAYS);
    pair.channel().close();

    read.failure(AsynchronousCloseException.class);
  }

  @Test
  void many_timeouts_run_at_the_same_time() throws Exception {
    List<Outcome<Integer>> reads = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      reads.add(read(connect().channel(), i, MILLISECONDS));
    }
    for (Outcome<Integer> read : reads) {
      read.failure(InterruptedByTimeoutException.class);
    }
  }

  @Test
  void an_empty_operation_needs_no_time() throws Exception {
    ChannelPair pair = connect();

    assertEquals(
        0,
        Outcome.<Integer>of(
                handler ->
                    pair.channel().read(ByteBuffer.allocate(0), 1, NANOSECONDS, null, handler))
            .value());
    assertEquals(0, write(pair.channel(), 0, 1, NANOSECONDS).value());
    pair.assertWorks();
  }

  // ---- writes ----

  @Test
  void a_write_that_takes_too_long_fails() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> write = writeUntilTimeout(pair);

    write.failure(InterruptedByTimeoutException.class);
    assertEquals("attached", write.attachment());
    assertTrue(pair.channel().isOpen());
  }

  @Test
  void writes_are_refused_after_one_has_run_out_of_time_and_reads_are_not() throws Exception {
    ChannelPair pair = connect();
    writeUntilTimeout(pair).failure(InterruptedByTimeoutException.class);

    assertRefused(() -> pair.channel().write(one()));
    assertRefused(() -> write(pair.channel(), 1, 0, SECONDS));
    pair.peerSends("abc");
    assertEquals("abc", pair.read(3));
  }

  @Test
  void a_write_in_time_leaves_nothing_behind() throws Exception {
    ChannelPair pair = connect();
    assertEquals(1, write(pair.channel(), 1, 20, MILLISECONDS).value());
    Outcome<Integer> stuck = pair.pendingWrite(); // takes longer

    assertFalse(stuck.isDone());
    assertTrue(pair.channel().isOpen());
  }

  @Test
  void a_gathering_write_that_takes_too_long_fails() throws Exception {
    ChannelPair pair = connect();
    Deadline.await(
        "a write runs out of time",
        () -> {
          try {
            Outcome<Long> write =
                Outcome.of(
                    handler ->
                        pair.channel()
                            .write(
                                new ByteBuffer[] {ByteBuffer.allocate(ChannelPair.MUCH), one()},
                                0,
                                2,
                                20,
                                MILLISECONDS,
                                null,
                                handler));
            if (succeeds(write)) {
              return false;
            }
            write.failure(InterruptedByTimeoutException.class);
            return true;
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }
}
