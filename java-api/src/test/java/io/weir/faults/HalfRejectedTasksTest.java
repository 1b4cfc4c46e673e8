package io.weir.faults;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ErrorStage;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.channels.SelectorChannelProvider;
import io.weir.testing.BlockingPeer;
import io.weir.testing.Deadline;
import io.weir.testing.Echo;
import io.weir.testing.ErrorReport;
import io.weir.testing.TestServer;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Tasks that an executor of the program keeps although it throws. Pools of the JDK do so when they
 * cannot start a thread: the task stays in the queue, and runs when a later one starts a thread.
 */
class HalfRejectedTasksTest {

  private final AtomicInteger threads = new AtomicInteger();

  /** Cannot start a thread for its first task, which it keeps. */
  private final ScheduledThreadPoolExecutor pool =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            if (threads.getAndIncrement() == 0) {
              throw new OutOfMemoryError("unable to create native thread");
            }
            return new Thread(task, "half-rejected");
          });

  @AfterEach
  void stop() {
    pool.shutdownNow();
  }

  @Test
  void do_not_publish_a_connection_a_second_time() {
    try (TestServer server = TestServer.by(Echo.LINES)) {
      try (StreamConnection connection =
          Deadline.get(
              AsyncStreams.openConnection(
                  "127.0.0.1",
                  server.address().getPort(),
                  ConnectOptions.DEFAULTS.withCallbackExecutor(pool)))) {
        for (String line : new String[] {"one\n", "two\n", "three\n"}) {
          connection.writer().write(bytes(line));
          assertEquals(line, text(Deadline.get(connection.reader().readLine())));
        }
      }
    }
  }

  @Test
  void do_not_call_the_handler_of_a_connection_that_was_closed_for_it() {
    AtomicInteger calls = new AtomicInteger();
    ConnectionHandler counting =
        ConnectionHandler.closing(
            (reader, writer) -> {
              calls.incrementAndGet();
              return Echo.LINES.handle(reader, writer);
            });
    try (TestServer server =
        TestServer.by(counting, ServerOptions.DEFAULTS.withHandlerExecutor(pool))) {
      try (BlockingPeer refused = server.connect()) {
        assertEquals(0, refused.receiveAll().length);
      }
      ErrorReport report = server.reports().remove();
      assertEquals(ErrorStage.HANDLER, report.stage());
      assertInstanceOf(OutOfMemoryError.class, report.error());

      try (BlockingPeer served = server.connect()) {
        served.send("hello\n");
        assertEquals("hello\n", served.receiveLine());
      }

      Deadline.get(server.server().shutdown(Duration.ofDays(1)));
      assertEquals(1, calls.get());
      assertEquals(0, server.reports().size(), server.reports()::toString);
    }
  }

  @Test
  void of_a_group_of_channels_call_each_handler_once() throws Exception {
    SelectorChannelProvider provider = new SelectorChannelProvider();
    AsynchronousChannelGroup group = provider.openAsynchronousChannelGroup(pool, 0);
    try (BlockingPeer.Listener listener = new BlockingPeer.Listener();
        AsynchronousSocketChannel channel = provider.openAsynchronousSocketChannel(group)) {
      AtomicInteger connects = new AtomicInteger();
      CompletableFuture<Integer> connected = new CompletableFuture<>();
      channel.connect(
          listener.address(),
          null,
          new CompletionHandler<Void, Void>() {
            @Override
            public void completed(Void result, Void attachment) {
              connected.complete(connects.incrementAndGet());
            }

            @Override
            public void failed(Throwable error, Void attachment) {
              connected.completeExceptionally(error);
            }
          });
      try (BlockingPeer peer = listener.accept()) {
        assertEquals(1, Deadline.get(connected));
        CompletableFuture<Integer> read = new CompletableFuture<>();
        channel.read(
            ByteBuffer.allocate(1),
            null,
            new CompletionHandler<Integer, Void>() {
              @Override
              public void completed(Integer count, Void attachment) {
                read.complete(count);
              }

              @Override
              public void failed(Throwable error, Void attachment) {
                read.completeExceptionally(error);
              }
            });
        peer.send("a");
        assertEquals(1, Deadline.get(read));
        assertEquals(1, connects.get());
      }
    } finally {
      group.shutdownNow();
    }
  }
}
