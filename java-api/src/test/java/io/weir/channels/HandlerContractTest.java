package io.weir.channels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import io.weir.testing.GarbageCollection;
import io.weir.testing.Tasks;
import java.lang.ref.WeakReference;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Where and how completion handlers run. */
@ParameterizedClass
@MethodSource("io.weir.channels.ChannelGroups#all")
class HandlerContractTest extends ChannelContract {

  private static final int MANY = 100_000;
  private static final int FEW = 10_000;

  private static ByteBuffer one() {
    return ByteBuffer.allocate(1);
  }

  private void assertInGroup(Outcome<?> outcome) {
    assertTrue(groups.owns(outcome.thread()), () -> outcome.thread().toString());
    assertEquals(1, outcome.calls());
  }

  // ---- threads ----

  @Test
  void every_handler_runs_on_a_thread_of_the_group() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    AsynchronousSocketChannel channel = openChannel();
    Outcome<AsynchronousSocketChannel> accept = Outcome.of(handler -> server.accept(null, handler));
    Outcome<Void> connect =
        Outcome.of(handler -> channel.connect(server.getLocalAddress(), null, handler));
    connect.value();
    Outcome<Integer> write = Outcome.of(handler -> channel.write(one(), null, handler));
    closeAfterTest(accept.value());
    Outcome<Integer> read = Outcome.of(handler -> accept.value().read(one(), null, handler));

    assertInGroup(accept);
    assertInGroup(connect);
    assertInGroup(write);
    assertInGroup(read);
  }

  @Test
  void handlers_of_operations_that_complete_or_fail_at_once_do_so_too() throws Exception {
    ChannelPair pair = connect();
    AsynchronousSocketChannel channel = pair.channel();
    ByteBuffer empty = ByteBuffer.allocate(0);
    assertInGroup(Outcome.<Integer>of(handler -> channel.read(empty, null, handler)));
    assertInGroup(Outcome.<Integer>of(handler -> channel.write(empty, null, handler)));
    channel.shutdownInput();
    channel.shutdownOutput();
    assertInGroup(pair.pendingRead());
    assertInGroup(Outcome.<Integer>of(handler -> channel.write(one(), null, handler)));
    channel.close();
    assertInGroup(pair.pendingRead());
    assertInGroup(Outcome.<Integer>of(handler -> channel.write(one(), null, handler)));
    assertInGroup(Outcome.<Void>of(h -> channel.connect(listenerAddress(), null, h)));
  }

  @Test
  void handlers_of_timeouts_and_closes_do_so_too() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> timedOut =
        Outcome.of(h -> pair.channel().read(one(), 1, TimeUnit.MILLISECONDS, null, h));
    Outcome<Integer> write = pair.pendingWrite();
    AsynchronousSocketChannel connecting = openChannel();
    Outcome<Void> connect = Outcome.of(handler -> connecting.connect(silent(), null, handler));
    AsynchronousServerSocketChannel server = listen();
    Outcome<AsynchronousSocketChannel> accept = Outcome.of(handler -> server.accept(null, handler));
    assertInGroup(timedOut);
    pair.channel().close();
    connecting.close();
    server.close();

    assertInGroup(write);
    assertInGroup(connect);
    assertInGroup(accept);
  }

  // ---- locks ----

  @Test
  void a_handler_can_close_its_channel() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> closed = new Outcome<>();
    pair.channel()
        .read(
            one(),
            null,
            Handlers.<Integer>of(
                (count, error) -> {
                  assertTrue(pair.channel().isOpen());
                  close(pair.channel());
                  closed.completed(count, null);
                }));
    pair.peerSends("a");

    assertEquals(1, closed.value());
    assertFalse(pair.channel().isOpen());
    assertEquals(-1, pair.peer().getInputStream().read());
  }

  private static void close(AutoCloseable channel) {
    try {
      channel.close();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void another_thread_can_use_and_close_the_channel_while_a_handler_runs() throws Exception {
    ChannelPair pair = connect();
    AsynchronousSocketChannel channel = pair.channel();
    CountDownLatch running = new CountDownLatch(1);
    CompletableFuture<Void> used = new CompletableFuture<>();
    Outcome<Integer> handled = new Outcome<>();
    channel.read(
        one(),
        null,
        Handlers.<Integer>of(
            (count, error) -> {
              running.countDown();
              Deadline.get(used);
              handled.completed(count, null);
            }));
    pair.peerSends("ab");
    assertTrue(running.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
    Future<?> using =
        Tasks.start(
            () -> {
              Deadline.get(channel.write(one()));
              channel.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
              channel.shutdownOutput();
              channel.getLocalAddress();
              channel.read(one());
              channel.close();
              return null;
            });
    Deadline.get(using);
    assertFalse(handled.isDone());
    used.complete(null);

    assertEquals(1, handled.value());
  }

  @Test
  void another_thread_can_close_the_server_channel_while_its_handler_runs() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    CountDownLatch running = new CountDownLatch(1);
    CompletableFuture<Void> closed = new CompletableFuture<>();
    Outcome<Integer> handled = new Outcome<>();
    server.accept(
        null,
        Handlers.<AsynchronousSocketChannel>of(
            (accepted, error) -> {
              closeAfterTest(accepted);
              running.countDown();
              Deadline.get(closed);
              handled.completed(0, null);
            }));
    connectTo(server);
    assertTrue(running.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
    server.close();
    closed.complete(null);

    assertEquals(0, handled.value());
  }

  // ---- one after the other ----

  @Test
  void a_handler_that_starts_the_next_empty_operation_does_not_fill_the_stack() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer empty = ByteBuffer.allocate(0);
    repeat(many(), handler -> pair.channel().write(empty, null, handler));
    repeat(many(), handler -> pair.channel().read(empty, null, handler));
  }

  @Test
  void a_handler_that_starts_the_next_write_or_read_does_not_fill_the_stack() throws Exception {
    int count = many();
    ChannelPair pair = connect();
    Future<byte[]> received = Tasks.start(() -> pair.peer().getInputStream().readNBytes(count));
    ByteBuffer buffer = one();
    repeat(count, handler -> pair.channel().write(buffer.clear(), null, handler));
    assertEquals(count, Deadline.get(received).length);
    Future<?> sent =
        Tasks.start(
            () -> {
              pair.peer().getOutputStream().write(new byte[count]);
              return null;
            });
    repeat(count, handler -> pair.channel().read(buffer.clear(), null, handler));
    Deadline.get(sent);
  }

  /** Fewer where most handlers change threads. */
  private int many() {
    return groups.isFixed() ? MANY : FEW;
  }

  /** Starts an operation again and again in its own handler. */
  private static void repeat(int times, Outcome.Start<Integer> operation) throws Exception {
    Outcome<Integer> last = new Outcome<>();
    AtomicInteger calls = new AtomicInteger();
    startNext(operation, times, calls, last);
    assertEquals(times, last.value());
  }

  private static void startNext(
      Outcome.Start<Integer> operation, int times, AtomicInteger calls, Outcome<Integer> last)
      throws Exception {
    operation.with(
        new Outcome<>(
            () -> {
              try {
                if (calls.incrementAndGet() < times) {
                  startNext(operation, times, calls, last);
                } else {
                  last.completed(times, null);
                }
              } catch (Throwable e) { // a StackOverflowError, too
                last.failed(e, null);
              }
            }));
  }

  @Test
  void a_handler_that_always_starts_another_operation_leaves_the_others_their_turn()
      throws Exception {
    ChannelPair busy = connect();
    ChannelPair busyToo = connect();
    ChannelPair third = connect();
    AtomicBoolean stop = new AtomicBoolean();
    WeakReference<Object> garbage = new WeakReference<>(new Object());
    Outcome<Integer> warm = third.pendingRead(); // the threads run
    third.peerSends("a");
    warm.value();
    GarbageCollection.collectUntil("garbage is collected", () -> garbage.get() == null);
    CountDownLatch stopped = new CountDownLatch(2);
    writeNothingUntil(stop, busy.channel(), stopped);
    writeNothingUntil(stop, busyToo.channel(), stopped);
    Outcome<Integer> read = third.pendingRead();
    third.peerSends("a");

    try {
      assertEquals(1, read.value());
    } finally {
      stop.set(true);
      assertTrue(stopped.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
    }
  }

  private static void writeNothingUntil(
      AtomicBoolean stop, AsynchronousSocketChannel channel, CountDownLatch stopped) {
    channel.write(
        ByteBuffer.allocate(0),
        null,
        Handlers.<Integer>of(
            (count, error) -> {
              if (stop.get()) {
                stopped.countDown();
              } else {
                writeNothingUntil(stop, channel, stopped);
              }
            }));
  }

  @Test
  void our_handlers_never_run_inside_others_but_those_of_the_JDK_may() throws Exception {
    ChannelPair pair = connect();
    AtomicBoolean running = new AtomicBoolean();
    Outcome<Boolean> inside = new Outcome<>();
    Outcome<Integer> start = new Outcome<>(() -> {});
    pair.channel()
        .write(
            ByteBuffer.allocate(0),
            null,
            Handlers.<Integer>of(
                (count, error) -> {
                  running.set(true);
                  Thread thread = Thread.currentThread();
                  pair.channel()
                      .write(
                          one(),
                          null,
                          Handlers.<Integer>of(
                              (written, failure) ->
                                  inside.completed(
                                      running.get() && Thread.currentThread() == thread, null)));
                  running.set(false);
                  start.completed(0, null);
                }));
    start.value();

    assertEquals(groups.isJdk(), inside.value());
  }

  // ---- errors ----

  @Test
  void what_a_handler_throws_goes_to_the_uncaught_exception_handler_and_the_group_lives_on()
      throws Exception {
    for (Throwable thrown : new Throwable[] {new IllegalStateException("a test"), new Error()}) {
      for (int i = 0; i < 4; i++) { // more than threads
        assertUncaught(thrown);
      }
    }
    connect().assertWorks();
    every_handler_runs_on_a_thread_of_the_group();
  }

  private void assertUncaught(Throwable thrown) throws Exception {
    ChannelPair pair = connect();
    CompletableFuture<Throwable> uncaught = new CompletableFuture<>();
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, error) -> uncaught.complete(error));
    try {
      pair.channel().read(one(), null, new Outcome<>(() -> Handlers.sneak(thrown)));
      pair.peerSends("ab");
      assertSame(thrown, Deadline.get(uncaught));
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
    assertEquals("b", pair.read(1));
    pair.assertWorks();
  }

  @Test
  void a_handler_that_leaves_its_thread_interrupted_disturbs_no_other() throws Exception {
    ChannelPair pair = connect();
    for (int i = 0; i < 10; i++) {
      Outcome<Integer> read = new Outcome<>(() -> Thread.currentThread().interrupt());
      pair.channel().read(one(), null, read);
      pair.peerSends("a");
      read.value();
      Outcome<Integer> after = pair.pendingRead();
      pair.peerSends("a");
      assertEquals(1, after.value());
    }
    pair.assertWorks();
  }

  @Test
  void an_accept_of_a_waiting_connection_does_not_run_its_handler_inside_the_call()
      throws Exception {
    AsynchronousServerSocketChannel server = listen();
    Socket first = connectTo(server);
    Socket second = connectTo(server);
    CompletableFuture<Boolean> inside = new CompletableFuture<>();
    server.accept(
        null,
        Handlers.<AsynchronousSocketChannel>of(
            (accepted, error) -> {
              closeAfterTest(accepted);
              AtomicBoolean returned = new AtomicBoolean();
              Thread thread = Thread.currentThread();
              server.accept(
                  null,
                  Handlers.<AsynchronousSocketChannel>of(
                      (next, failure) -> {
                        closeAfterTest(next);
                        inside.complete(Thread.currentThread() == thread && !returned.get());
                      }));
              returned.set(true);
            }));

    assertEquals(false, Deadline.get(inside));
    assertTrue(first.isConnected() && second.isConnected());
  }
}
