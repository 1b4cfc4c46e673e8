package io.weir.callbacks;

import static io.weir.testing.Texts.bytes;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.CloseReason;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsSide;
import io.weir.TlsTruncationException;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.MemoryChannel;
import io.weir.internal.concurrent.DaemonPool;
import io.weir.internal.concurrent.DaemonTimers;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.concurrent.TurnPool;
import io.weir.internal.concurrent.VirtualTimers;
import io.weir.internal.connect.JdkResolver;
import io.weir.internal.stream.Connection;
import io.weir.internal.stream.ConnectionSettings;
import io.weir.testing.BlockingPeer;
import io.weir.testing.ConnectedPair;
import io.weir.testing.CuttableWire;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedConnection;
import io.weir.testing.Tasks;
import io.weir.testing.TestServer;
import io.weir.testing.TlsOverWire;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** What users' code may do inside callbacks, and that it holds nobody else up. */
class CallbackTest {

  /** Two ends that have shaken hands, and what is told elsewhere while the client writes. */
  private static final class WritingOverTls {

    final CuttableWire wire = new CuttableWire();
    final TlsOverWire.Ours client;
    final TlsOverWire.Ours server;
    private final List<Runnable> completions = new ArrayList<>();
    private boolean writing;

    WritingOverTls() {
      VirtualTimers timers = new VirtualTimers();
      ConnectionSettings terms = ConnectionSettings.of(StreamReader.DEFAULT_LIMIT);
      client = TlsOverWire.Ours.over(wire.left(), timers, terms, this::complete);
      server = TlsOverWire.Ours.over(wire.right(), timers, terms, this::complete);
      CompletableFuture<Void> shaken = client.writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);
      server.writer().startTls(TlsOverWire.SERVER, TlsSide.SERVER).join();
      shaken.join();
    }

    private void complete(Runnable task) {
      if (writing) {
        completions.add(task);
      } else {
        task.run();
      }
    }

    /** Writes, and in the middle of that something else happens. */
    void write(Runnable meanwhile) {
      wire.left()
          .disturb(
              bytes -> {
                meanwhile.run();
                return bytes;
              });
      writing = true;
      client.writer().write(bytes("x"));
      writing = false;
    }

    void completeAll() {
      completions.forEach(Runnable::run);
    }
  }

  @Test
  void of_a_read_over_TLS_is_not_run_inside_a_write() {
    WritingOverTls pair = new WritingOverTls();
    ByteArrayOutputStream underWay = new ByteArrayOutputStream();
    pair.wire.right().disturb(bytes -> keep(bytes, underWay));
    pair.server.writer().write(bytes("hello\n"));
    CompletableFuture<Boolean> calledInsideWrite =
        pair.client.reader().readLine().thenApply(line -> Trampoline.isInCall());

    pair.write(() -> pair.wire.left().arrive(underWay.toByteArray()));

    assertFalse(Deadline.get(calledInsideWrite));
  }

  @Test
  void of_a_stream_that_is_cut_off_in_the_middle_of_a_write_says_so() {
    WritingOverTls pair = new WritingOverTls();
    CompletableFuture<byte[]> line = pair.client.reader().readLine();

    pair.write(pair.wire.right()::endOutput);
    pair.completeAll();

    Deadline.failure(TlsTruncationException.class, line);
    assertEquals(CloseReason.Kind.TLS_FAILURE, pair.client.connection().closeReason().kind());
  }

  private static byte[] keep(byte[] bytes, ByteArrayOutputStream kept) {
    kept.writeBytes(bytes);
    return new byte[0];
  }

  @Test
  void on_an_executor_may_block_for_the_first_read_of_a_connection() {
    ExecutorService executor = Executors.newFixedThreadPool(2);
    ConnectionHandler greet =
        ConnectionHandler.of((reader, writer) -> writer.write("hi\n".getBytes(UTF_8)));
    try (TestServer served = TestServer.by(greet)) {
      CompletableFuture<byte[]> line =
          AsyncStreams.openConnection(
                  "127.0.0.1",
                  served.address().getPort(),
                  ConnectOptions.DEFAULTS.withCallbackExecutor(executor))
              .thenApply(connection -> connection.reader().readLine().join());

      assertEquals("hi\n", new String(Deadline.get(line), UTF_8));
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void on_an_executor_may_block_for_any_number_of_reads_of_bytes_that_are_there() {
    ExecutorService single = Executors.newSingleThreadExecutor();
    try (ConnectedPair connected =
        ConnectedPair.open(ConnectOptions.DEFAULTS.withCallbackExecutor(single))) {
      connected.peer().send("x".repeat(200));
      Deadline.await("200 bytes", () -> connected.reader().toString().contains("200 bytes"));

      Future<Integer> count =
          single.submit(
              () -> {
                int bytes = 0;
                for (int i = 0; i < 200; i++) {
                  bytes += connected.reader().read(1).join().length;
                }
                return bytes;
              });
      assertEquals(200, Deadline.get(count));
    } finally {
      single.shutdownNow();
    }
  }

  @Test
  void in_two_threads_at_once_leave_later_reads_answered_on_the_spot() throws Exception {
    StreamReader reader = StreamReader.handFed(1024);
    CountDownLatch firstInside = new CountDownLatch(1);
    CountDownLatch firstMayLeave = new CountDownLatch(1);
    CountDownLatch firstHasLeft = new CountDownLatch(1);
    CountDownLatch secondInside = new CountDownLatch(1);
    CountDownLatch secondHasLeft = new CountDownLatch(1);
    reader.read(1).thenRun(() -> stay(firstInside, firstMayLeave));
    Future<Integer> first =
        Tasks.start(
            () -> {
              reader.feedData(new byte[1]);
              firstHasLeft.countDown();
              await(secondHasLeft);
              reader.feedData(new byte[200]);
              int answered = 0;
              for (int i = 0; i < 200; i++) {
                answered += reader.read(1).isDone() ? 1 : 0;
              }
              return answered;
            });
    await(firstInside);
    reader.read(1).thenRun(() -> stay(secondInside, firstHasLeft));
    Future<Boolean> second =
        Tasks.start(
            () -> {
              reader.feedData(new byte[1]);
              secondHasLeft.countDown();
              return true;
            });
    await(secondInside);
    firstMayLeave.countDown();

    assertTrue(Deadline.get(second));
    assertEquals(200, Deadline.get(first));
  }

  private static void stay(CountDownLatch inside, CountDownLatch mayLeave) {
    inside.countDown();
    await(mayLeave);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void that_close_completes_may_wait_for_the_end_that_close_brings() {
    try (ConnectedPair connected = ConnectedPair.open()) {
      CompletableFuture<Void> waited =
          connected.reader().readLine().thenAccept(line -> connected.writer().waitClosed().join());
      Future<Boolean> closed =
          Tasks.start(
              () -> {
                connected.writer().close();
                return true;
              });

      assertTrue(Deadline.get(closed));
      Deadline.await("the callback has returned", waited::isDone);
    }
  }

  @Test
  void of_the_log_find_the_lock_free() {
    Queue<Boolean> answers = new ConcurrentLinkedQueue<>();
    Logger logger = Logger.getLogger("io.weir");
    try (ConnectedPair connected = ConnectedPair.open()) {
      Handler handler =
          new Handler() {
            @Override
            public void publish(LogRecord record) {
              answers.add(Deadline.get(Tasks.start(() -> connected.writer().isClosing())));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
          };
      logger.addHandler(handler);
      connected.writer().transport().abort();
      for (int i = 0; i < 10; i++) {
        connected.writer().write(new byte[1]);
      }
      logger.removeHandler(handler);
    }
    assertEquals(List.of(true), List.copyOf(answers));
  }

  @Test
  void a_stage_that_refuses_to_be_waited_for_fails_its_handler_alone() {
    CompletableFuture<Void> hostile =
        new CompletableFuture<>() {
          @Override
          public CompletableFuture<Void> whenComplete(
              BiConsumer<? super Void, ? super Throwable> action) {
            throw new IllegalStateException("not with me");
          }
        };
    try (TestServer served = TestServer.by((reader, writer) -> hostile)) {
      BlockingPeer peer = served.connect();
      assertTrue(peer.sawEnd(), "its connection is closed");
      Deadline.await("the report", () -> !served.reports().isEmpty());

      assertEquals("not with me", served.reports().peek().error().getMessage());
      assertTrue(served.connect().sawEnd(), "the next one is served as well");
      peer.close();
    }
  }

  @Test
  void a_channel_that_throws_where_it_should_tell_ends_the_connection() {
    MemoryChannel memory = MemoryChannel.pair(100).left();
    Class<?>[] interfaces = {AsyncByteChannel.class};
    Object channel =
        Proxy.newProxyInstance(
            CallbackTest.class.getClassLoader(),
            interfaces,
            (proxy, method, arguments) -> {
              if (method.getName().equals("write")) {
                throw new OutOfMemoryError("made up");
              }
              return method.invoke(memory, arguments);
            });
    Connection connection =
        new Connection(
            (AsyncByteChannel) channel,
            ConnectionSettings.of(100),
            new VirtualTimers(),
            ended -> {});
    connection.start();
    StreamWriter writer = ScriptedConnection.writerOf(connection);
    writer.write(new byte[1]);

    ConnectionLostException lost =
        Deadline.failure(ConnectionLostException.class, writer.waitClosed());
    assertInstanceOf(OutOfMemoryError.class, lost.getCause());
    Deadline.failure(ConnectionLostException.class, writer.drain());
  }

  /** What happens when there is no memory for the text of a loss. */
  private static IOException withoutMemory() {
    return new IOException() {
      private static final long serialVersionUID = 1L;

      @Override
      public String getMessage() {
        throw new OutOfMemoryError("made up");
      }
    };
  }

  @Test
  void F61_a_connection_ends_though_telling_of_the_end_finds_no_memory() {
    ScriptedConnection reading = ScriptedConnection.open();
    reading.channel().failRead(withoutMemory());
    ScriptedConnection writing = ScriptedConnection.open();
    writing.channel().failsWrite(withoutMemory());
    writing.writer().write(bytes("never arrives"));

    for (ScriptedConnection each : List.of(reading, writing)) {
      ConnectionLostException lost =
          Deadline.failure(ConnectionLostException.class, each.writer().waitClosed());
      assertInstanceOf(OutOfMemoryError.class, lost.getCause());
      assertEquals(CloseReason.Kind.OUT_OF_MEMORY, each.writer().closeReason().kind());
      assertEquals(1, each.ends().get());
      Deadline.failure(ConnectionLostException.class, each.reader().readLine());
    }
    assertEquals(13, writing.writer().closeReason().unsent());
  }

  @Test
  void look_ups_that_hang_hold_up_no_address() {
    ThreadPoolExecutor neverRuns = DaemonPool.forBlockingCalls("never-runs", 1);
    neverRuns.shutdown();
    JdkResolver resolver = new JdkResolver(new TurnPool(neverRuns, 1), Runnable::run);

    for (String literal : List.of("127.0.0.1", "255.255.255.255", "::1", "fe80::1")) {
      CompletableFuture<List<InetSocketAddress>> addresses =
          resolver.resolve(literal, 7, new CompletableFuture<>());
      assertTrue(addresses.isDone(), literal);
      assertEquals(7, Deadline.get(addresses).get(0).getPort());
    }
    for (String name : List.of("localhost", "256.1.1.1", "1.2.3", "1.2.3.4.5")) {
      assertFalse(resolver.resolve(name, 7, new CompletableFuture<>()).isDone(), name);
    }
  }

  @Test
  void of_timers_run_where_they_are_told_to() {
    CompletableFuture<Runnable> handedOver = new CompletableFuture<>();
    DaemonTimers timers = new DaemonTimers("callback-test-timers");
    CompletableFuture<String> ran = new CompletableFuture<>();
    timers
        .on(handedOver::complete)
        .schedule(Duration.ZERO, () -> ran.complete(Thread.currentThread().getName()));

    Runnable task = Deadline.get(handedOver);
    assertFalse(ran.isDone());
    task.run();
    assertEquals(Thread.currentThread().getName(), Deadline.get(ran));
  }

  @Test
  void of_timers_run_on_their_own_thread_when_there_is_no_memory_to_hand_them_over() {
    DaemonTimers timers = new DaemonTimers("callback-test-timers");
    Timers withoutMemory =
        timers.on(
            task -> {
              throw new OutOfMemoryError("in a test");
            });
    CompletableFuture<String> ran = new CompletableFuture<>();
    withoutMemory.schedule(Duration.ZERO, () -> ran.complete(Thread.currentThread().getName()));

    assertEquals("callback-test-timers", Deadline.get(ran));
    timers.stop();
  }
}
