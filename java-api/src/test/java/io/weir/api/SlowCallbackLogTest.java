package io.weir.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.ConnectionHandler;
import io.weir.RuntimeOptions;
import io.weir.ServerOptions;
import io.weir.testing.BlockingPeer;
import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import io.weir.testing.TestServer;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The log of callbacks that block an I/O thread. */
class SlowCallbackLogTest {

  private static final RuntimeOptions SOON =
      RuntimeOptions.DEFAULTS
          .withIoThreads(1)
          .withThreadNames("slow-log")
          .withSlowCallbackTime(Duration.ofMillis(50));

  static Stream<RuntimeOptions> providers() {
    return Stream.of(SOON, SOON.withChannelProvider(AsynchronousChannelProvider.provider()));
  }

  private static void awaitLimited(CountDownLatch latch) throws InterruptedException {
    assertTrue(latch.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
  }

  @ParameterizedTest
  @MethodSource("providers")
  void names_the_thread_and_where_it_blocks(RuntimeOptions options) {
    CountDownLatch release = new CountDownLatch(1);
    ConnectionHandler blocking =
        (reader, writer) ->
            reader
                .readLine()
                .thenCompose(
                    line -> {
                      try {
                        awaitLimited(release);
                      } catch (InterruptedException e) {
                        throw new AssertionError(e);
                      }
                      return writer.send(line);
                    });
    try (AsyncRuntime runtime = AsyncRuntime.create(options);
        CapturedLog log = new CapturedLog();
        TestServer server = TestServer.by(blocking, ServerOptions.DEFAULTS.withRuntime(runtime));
        BlockingPeer peer = server.connect()) {
      peer.send("hello\n");

      LogRecord record = log.awaitRecord();
      release.countDown();

      assertTrue(
          record.getMessage().startsWith("A callback has been running on slow-log-"),
          record.getMessage());
      assertTrue(
          Stream.of(record.getThrown().getStackTrace())
              .anyMatch(frame -> frame.getMethodName().equals("awaitLimited")),
          () -> List.of(record.getThrown().getStackTrace()).toString());
      assertEquals("hello", peer.receiveLine().strip());
      assertEquals(1, log.messages().size(), log.messages()::toString);
    }
  }

  @Test
  void is_off_without_a_time() throws Exception {
    CompletableFuture<Void> blocked = new CompletableFuture<>();
    ConnectionHandler blocking =
        (reader, writer) -> {
          Thread.sleep(150); // three times the time that would be logged
          blocked.complete(null);
          return writer.waitClosed();
        };
    try (AsyncRuntime runtime = AsyncRuntime.create(SOON.withSlowCallbackTime(null));
        CapturedLog log = new CapturedLog();
        TestServer server = TestServer.by(blocking, ServerOptions.DEFAULTS.withRuntime(runtime));
        BlockingPeer peer = server.connect()) {
      Deadline.get(blocked);

      assertEquals(List.of(), log.messages(), peer::toString);
    }
  }

  @Test
  void needs_a_time_of_a_millisecond_or_more() {
    for (Duration time : List.of(Duration.ZERO, Duration.ofMillis(-1), Duration.ofNanos(1))) {
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> RuntimeOptions.DEFAULTS.withSlowCallbackTime(time));
      assertTrue(refused.getMessage().contains(time.toString()), refused.getMessage());
    }
    assertEquals(Duration.ofSeconds(2), RuntimeOptions.DEFAULTS.slowCallbackTime());
  }
}
