package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.internal.concurrent.IoThread;
import io.weir.testing.BlockingSockets;
import io.weir.testing.CapturedLog;
import io.weir.testing.ChannelProviders;
import io.weir.testing.Deadline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SelectorLoopTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final SelectorChannelGroup GROUP = ChannelProviders.selectors("test", 1);

  private SelectorLoop loop;

  @BeforeEach
  void start() throws IOException {
    loop = SelectorLoop.start(GROUP, IoThread.factory("test-loop"), 1024);
  }

  @AfterEach
  void stop() throws Exception {
    loop.stop();
    loop.awaitTermination(PATIENCE.toNanos());
    assertEquals(0, loop.channels());
  }

  @Test
  void tasks_run_on_its_thread_in_their_order_and_never_inside_the_call() {
    List<String> order = new CopyOnWriteArrayList<>();
    CompletableFuture<String> last = new CompletableFuture<>();
    loop.execute(
        () -> {
          loop.execute(() -> order.add("inner"));
          loop.execute(() -> last.complete(Thread.currentThread().getName()));
          order.add("outer");
        });

    assertEquals("test-loop-1", Deadline.get(last));
    assertEquals(List.of("outer", "inner"), order);
  }

  @Test
  void a_task_that_throws_or_interrupts_its_thread_ends_nothing() {
    loop.execute(
        () -> {
          throw new AssertionError("a bug of a task");
        });
    loop.execute(() -> Thread.currentThread().interrupt());
    for (int i = 0; i < 3; i++) { // each in a turn of its own
      CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
      loop.execute(() -> loop.execute(() -> interrupted.complete(Thread.interrupted())));
      assertEquals(false, Deadline.get(interrupted));
    }
  }

  @Test
  void a_task_that_interrupts_its_thread_does_not_interrupt_the_next() {
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    loop.execute(
        () -> {
          loop.execute(() -> Thread.currentThread().interrupt());
          loop.execute(() -> interrupted.complete(Thread.currentThread().isInterrupted()));
        });

    assertEquals(false, Deadline.get(interrupted));
  }

  @Test
  void an_interrupt_from_outside_is_over_with_the_turn_that_it_causes() {
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    loop.execute(() -> thread.complete(Thread.currentThread()));
    Deadline.get(thread).interrupt();

    Deadline.await("the interrupt is forgotten", () -> !Deadline.get(thread).isInterrupted());
  }

  @Test
  void a_selector_that_returns_without_a_reason_is_reported_once_and_uses_no_processor()
      throws Exception {
    HastySelector hasty = new HastySelector();
    try (CapturedLog log = new CapturedLog()) {
      SelectorLoop pausing = SelectorLoop.start(GROUP, hasty, IoThread.factory("test-hasty"), 1024);
      CompletableFuture<Thread> thread = new CompletableFuture<>();
      pausing.execute(() -> thread.complete(Thread.currentThread()));
      Deadline.get(thread);

      Deadline.await("it pauses", () -> pauses(Deadline.get(thread)));
      Deadline.await("it goes on", () -> hasty.selects() > EmptyTurns.MAX_IN_A_ROW + 2);
      CompletableFuture<String> task = new CompletableFuture<>();
      pausing.execute(() -> task.complete("run"));
      assertEquals("run", Deadline.get(task));
      assertEquals(1, log.records().size(), () -> log.records().toString());
      pausing.stop();
      pausing.awaitTermination(PATIENCE.toNanos());
    }
  }

  private static boolean pauses(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING;
  }

  @Test
  void a_log_that_throws_does_not_end_the_loop() {
    Handler throwing = new ThrowingHandler();
    Logger log = Logger.getLogger("io.weir");
    log.addHandler(throwing);
    try {
      loop.execute(
          () -> {
            throw new AssertionError("a bug of a task");
          });
      CompletableFuture<String> next = new CompletableFuture<>();
      loop.execute(() -> next.complete("run"));
      assertEquals("run", Deadline.get(next));
    } finally {
      log.removeHandler(throwing);
    }
  }

  @Test
  void loops_that_cannot_start_another_for_want_of_threads_do_with_those_they_have()
      throws Exception {
    ThreadFactory one = IoThread.factory("test-only");
    AtomicInteger made = new AtomicInteger();
    ThreadFactory few =
        task -> {
          if (made.incrementAndGet() > 1) {
            throw new OutOfMemoryError("unable to create native thread");
          }
          return one.newThread(task);
        };
    SelectorChannelGroup loops =
        new SelectorChannelGroup(ChannelProviders.SELECTOR_LOOPS.provider(), 2, few, one);
    SelectorLoop first = loops.next();

    assertEquals(first, loops.next());
    loops.shutdownNow();
    assertTrue(loops.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  void a_task_for_a_loop_that_has_ended_runs_at_once() throws Exception {
    loop.stop();
    loop.awaitTermination(PATIENCE.toNanos());
    List<Thread> ran = new CopyOnWriteArrayList<>();
    loop.execute(() -> ran.add(Thread.currentThread()));

    assertEquals(List.of(Thread.currentThread()), ran);
  }

  @Test
  void who_waits_for_a_channel_of_a_loop_that_ends_is_told() throws Exception {
    SelectorChannelGroup ending = ChannelProviders.selectors("test", 1);
    TcpSockets sockets = new TcpSockets(ending, Runnable::run);
    AsyncServerChannel server =
        sockets.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1, Map.of());
    RecordingHandler<AsyncByteChannel> accepting = RecordingHandler.by(server::accept);
    TcpConnector connector = sockets.connector(Map.of(), null);
    try (ServerSocket elsewhere = BlockingSockets.listen()) { // its end does not end the read
      InetSocketAddress address = (InetSocketAddress) elsewhere.getLocalSocketAddress();
      AsyncByteChannel client =
          RecordingHandler.<AsyncByteChannel>by(handler -> connector.connect(address, handler))
              .value();
      Socket peer = BlockingSockets.accept(elsewhere);
      RecordingHandler<Integer> reading = RecordingHandler.byRead(client, ByteBuffer.allocate(1));
      ending.shutdownNow();
      assertTrue(ending.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS));

      assertInstanceOf(AsynchronousCloseException.class, reading.failure());
      assertInstanceOf(AsynchronousCloseException.class, accepting.failure());
      assertFalse(client.isOpen() || server.isOpen());
      peer.close();
    }
  }

  /** Whatever the moment, each task runs once, and each wait for the loop to settle ends. */
  @Test
  void no_task_is_lost_while_the_loop_ends() throws Exception {
    for (int round = 0; round < 200; round++) {
      SelectorLoop ending = SelectorLoop.start(GROUP, IoThread.factory("test-ending"), 1024);
      AtomicInteger ran = new AtomicInteger();
      CompletableFuture<?> adding =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 100; i++) {
                  ending.execute(ran::incrementAndGet);
                }
                ending.settle();
              });
      ending.stop();
      Deadline.get(adding);
      Deadline.await("each task has run", () -> ran.get() == 100);
      ending.awaitTermination(PATIENCE.toNanos());
      assertEquals(100, ran.get());
    }
  }

  /**
   * The loop selects when the byte comes, and again as somebody wants it to settle by then. In each
   * turn another comes; the second must not be forgotten, as nobody else wakes the loop.
   */
  @Test
  void who_comes_while_the_loop_settles_for_another_is_told_too() throws Exception {
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    List<Thread> waiting = new CopyOnWriteArrayList<>();
    SelectorLoop.Registered turns =
        operations -> {
          waiting.add(startToSettle());
          if (waiting.size() == 2) {
            takeByte(pipe.source());
          }
        };
    loop.register(pipe.source(), turns).interestOps(SelectionKey.OP_READ);
    loop.settle();
    pipe.sink().write(ByteBuffer.allocate(1));

    Deadline.await("two have come", () -> waiting.size() == 2);
    Deadline.await("both are told", () -> waiting.stream().noneMatch(Thread::isAlive));
    pipe.sink().close();
    pipe.source().close();
    loop.settle();
    assertEquals(0, loop.channels());
  }

  @Test
  void a_loop_that_hangs_holds_up_whoever_waits_for_it_for_a_limited_time_only() {
    CountDownLatch settled = new CountDownLatch(1);
    CompletableFuture<Boolean> inTime = new CompletableFuture<>();
    loop.execute(() -> inTime.complete(isOpenInTime(settled)));
    loop.settle(1);
    settled.countDown();

    assertTrue(Deadline.get(inTime));
  }

  private static boolean isOpenInTime(CountDownLatch latch) {
    try {
      return latch.await(PATIENCE.toMillis() / 4, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  private Thread startToSettle() {
    Thread thread = new Thread(loop::settle, "test-settling");
    thread.setDaemon(true);
    thread.start();
    Deadline.await("it waits", () -> thread.getState() == Thread.State.TIMED_WAITING);
    return thread;
  }

  private static void takeByte(Pipe.SourceChannel source) {
    try {
      source.read(ByteBuffer.allocate(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class ThrowingHandler extends Handler {

    @Override
    public void publish(LogRecord record) {
      throw new IllegalStateException("a bug of a log");
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
