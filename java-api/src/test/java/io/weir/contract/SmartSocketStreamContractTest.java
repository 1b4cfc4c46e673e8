package io.weir.contract;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.RuntimeOptions;
import io.weir.testing.ChannelProviders;
import io.weir.testing.Loopback;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * TCP on the asynchronous channels of smart-socket. Streams can do there what they can do with
 * writes from one buffer. The overridden tests queue more than that, and need a gathering write.
 */
@Tag("matrix")
class SmartSocketStreamContractTest extends StreamContract {

  private static final String NO_GATHERING_WRITE =
      "AsynchronousSocketChannel.write(ByteBuffer[], ...) throws UnsupportedOperationException in"
          + " smart-socket, against \"Writes a sequence of bytes to this channel from a subsequence"
          + " of the given buffers.\"";

  private static AsyncRuntime runtime;

  @BeforeAll
  static void create() {
    runtime =
        AsyncRuntime.create(
            ChannelProviders.SMART_SOCKET.in(RuntimeOptions.DEFAULTS.withThreadNames("smart")));
  }

  @AfterAll
  static void close() {
    runtime.close();
  }

  @Override
  Ends openPair(int limit) {
    return Ends.of(
        (handler, options) ->
            AsyncStreams.startServer(handler, Loopback.HOST, 0, options.withRuntime(runtime)),
        server ->
            AsyncStreams.openConnection(
                Loopback.HOST,
                Loopback.port(server),
                ConnectOptions.DEFAULTS.withLimit(limit).withRuntime(runtime)),
        limit);
  }

  @Override
  String kind() {
    return "tcp ";
  }

  /** When this fails, the tests below can be run. */
  @Test
  void smart_socket_has_no_gathering_write() throws IOException {
    ByteBuffer[] buffers = {ByteBuffer.allocate(1), ByteBuffer.allocate(1)};
    AsynchronousChannelGroup group =
        ChannelProviders.SMART_SOCKET.provider().openAsynchronousChannelGroup(1, Thread::new);
    try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open(group)) {
      assertThrows(
          UnsupportedOperationException.class,
          () -> channel.write(buffers, 0, 2, 0, TimeUnit.NANOSECONDS, null, null));
    } finally {
      group.shutdownNow();
    }
  }

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void a_callback_may_answer_with_more_than_the_high_watermark_and_drain() {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void a_file_waits_for_a_peer_that_does_not_read_and_a_cancelled_one_sends_no_more(Path files) {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void a_peer_that_does_not_read_makes_drain_wait_until_it_does() {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void a_close_fails_the_drain_that_waits_and_what_is_queued_is_sent() {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void a_reader_takes_no_more_than_twice_its_limit_ahead() {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void a_record_is_not_torn_by_those_of_fifteen_other_threads() {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void abort_drops_what_is_queued_and_fails_who_drains() {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void an_exact_number_is_not_bounded_by_the_limit() {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void closeGracefully_aborts_when_the_peer_takes_nothing() {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void closeGracefully_loses_nothing_of_what_a_peer_gets_that_is_sending_itself() {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void closeGracefully_sends_what_is_queued_to_a_peer_that_takes_its_time() {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void closeGracefully_that_nobody_awaits_goes_on() {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void close_sends_what_is_queued_and_is_the_end_for_the_peer() {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void much_that_is_written_at_once_is_what_was_there_at_the_call() {}

  @Override
  @Test
  @Disabled(NO_GATHERING_WRITE)
  void the_reason_of_the_end_tells_of_what_an_abort_has_dropped() {}
}
