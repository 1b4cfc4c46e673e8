package io.weir.channels;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The shutdown and termination of {@link AsynchronousChannelGroup}, sentence by sentence. */
@ParameterizedClass
@MethodSource("io.weir.channels.ChannelGroups#opened")
class ChannelGroupContractTest extends ChannelContract {

  private static final int ROUNDS = 50;

  private static ByteBuffer one() {
    return ByteBuffer.allocate(1);
  }

  private boolean terminates() throws InterruptedException {
    return group.awaitTermination(Deadline.LIMIT_SECONDS, SECONDS);
  }

  // ---- before ----

  @Test
  void a_new_group_is_neither_shut_down_nor_terminated() throws Exception {
    assertFalse(group.isShutdown());
    assertFalse(group.isTerminated());
    assertFalse(group.awaitTermination(1, MILLISECONDS));
    assertSame(groups.provider(), group.provider());
  }

  // ---- shutdown ----

  @Test
  void a_group_without_channels_terminates_when_it_is_shut_down() throws Exception {
    group.shutdown();

    assertTrue(group.isShutdown());
    assertTrue(terminates());
    assertTrue(group.isTerminated());
  }

  @Test
  void a_group_whose_channels_have_closed_terminates_when_it_is_shut_down() throws Exception {
    connect().channel().close();
    listen().close();
    group.shutdown();

    assertTrue(terminates());
  }

  @Test
  void no_channel_opens_in_a_group_that_is_shut_down() throws Exception {
    ChannelPair pair = connect();
    group.shutdown();

    assertThrown(ShutdownChannelGroupException.class, this::openChannel);
    assertThrown(ShutdownChannelGroupException.class, this::openServer);
    assertThrown(ShutdownChannelGroupException.class, () -> AsynchronousSocketChannel.open(group));
    assertTrue(pair.channel().isOpen());
  }

  @Test
  void open_channels_go_on_after_the_shutdown() throws Exception {
    ChannelPair pair = connect();
    AsynchronousSocketChannel unconnected = openChannel();
    Outcome<Integer> read = pair.pendingRead();
    group.shutdown();
    assertFalse(read.isDone());
    pair.peerSends("a");

    assertEquals(1, read.value());
    pair.assertWorks();
    Deadline.get(unconnected.connect(listenerAddress()));
    assertFalse(group.isTerminated());
  }

  @Test
  void the_group_terminates_with_the_close_of_its_last_channel() throws Exception {
    ChannelPair pair = connect();
    AsynchronousServerSocketChannel server = listen();
    group.shutdown();
    pair.channel().close();
    assertFalse(group.isTerminated());
    assertFalse(group.awaitTermination(1, MILLISECONDS));
    server.close();

    assertTrue(terminates());
    assertTrue(group.isTerminated());
  }

  @Test
  void an_accept_outstanding_at_the_last_close_fails_in_the_group_but_is_lost_by_the_JDK()
      throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      AsynchronousChannelGroup another = groups.open();
      AsynchronousServerSocketChannel server =
          groups.provider().openAsynchronousServerSocketChannel(another).bind(anyPort());
      Outcome<AsynchronousSocketChannel> accept =
          Outcome.of(handler -> server.accept(null, handler));
      another.shutdown();
      closeLast(server);
      if (!groups.isJdk()) {
        accept.failure(AsynchronousCloseException.class);
        assertTrue(groups.owns(accept.thread()), () -> accept.thread().toString());
      }
      assertTrue(another.awaitTermination(Deadline.LIMIT_SECONDS, SECONDS));
    }
  }

  @Test
  void a_read_outstanding_at_the_last_close_fails_in_the_group_but_is_lost_by_the_JDK()
      throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      AsynchronousChannelGroup another = groups.open();
      AsynchronousSocketChannel channel = groups.provider().openAsynchronousSocketChannel(another);
      Deadline.get(channel.connect(listenerAddress()));
      acceptPeer();
      Outcome<Integer> read = Outcome.of(handler -> channel.read(one(), null, handler));
      another.shutdown();
      closeLast(channel);
      if (!groups.isJdk()) {
        read.failure(AsynchronousCloseException.class);
        assertTrue(groups.owns(read.thread()), () -> read.thread().toString());
      }
      assertTrue(another.awaitTermination(Deadline.LIMIT_SECONDS, SECONDS));
    }
  }

  /** The JDK shuts the threads down first, so the close may throw, or no handler runs. */
  private void closeLast(AsynchronousChannel channel) throws IOException {
    try {
      channel.close();
    } catch (ShutdownChannelGroupException thrown) {
      assertTrue(groups.isJdk());
    }
  }

  @Test
  void the_group_does_not_terminate_before_its_handlers_have_returned() throws Exception {
    ChannelPair pair = connect();
    CountDownLatch running = new CountDownLatch(1);
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    pair.channel()
        .read(
            one(),
            null,
            new Outcome<>(
                () -> {
                  running.countDown();
                  Deadline.get(goOn);
                }));
    pair.peerSends("a");
    assertTrue(running.await(Deadline.LIMIT_SECONDS, SECONDS));
    group.shutdown();
    pair.channel().close();

    assertFalse(group.awaitTermination(5, MILLISECONDS));
    assertFalse(group.isTerminated());
    goOn.complete(null);
    assertTrue(terminates());
  }

  @Test
  void a_handler_can_shut_the_group_down() throws Exception {
    ChannelPair pair = connect();
    pair.channel()
        .read(
            one(),
            null,
            new Outcome<>(
                () -> {
                  try {
                    group.shutdown();
                    group.shutdownNow();
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                }));
    pair.peerSends("a");

    assertTrue(terminates());
    assertFalse(pair.channel().isOpen());
  }

  @Test
  void a_second_shutdown_has_no_effect() throws Exception {
    ChannelPair pair = connect();
    group.shutdown();
    group.shutdown();

    pair.assertWorks();
    group.shutdownNow();
    group.shutdown();
    group.shutdownNow();
    assertTrue(terminates());
  }

  // ---- shutdownNow ----

  @Test
  void all_channels_are_closed_when_shutdownNow_returns() throws Exception {
    List<AsynchronousChannel> channels = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      channels.add(openChannel());
      channels.add(connect().channel());
      channels.add(listen());
    }
    AsynchronousSocketChannel connecting = openChannel();
    Future<Void> connect = connecting.connect(silent());
    channels.add(connecting);
    group.shutdownNow();

    assertTrue(group.isShutdown());
    assertTrue(channels.stream().noneMatch(AsynchronousChannel::isOpen));
    Deadline.failure(AsynchronousCloseException.class, connect);
    assertTrue(terminates());
    assertTrue(group.isTerminated());
  }

  @Test
  void outstanding_operations_fail_with_AsynchronousCloseException_on_threads_of_the_group()
      throws Exception {
    ChannelPair pair = connect();
    AsynchronousServerSocketChannel server = listen();
    AsynchronousSocketChannel connecting = openChannel();
    List<Outcome<?>> outcomes =
        List.of(
            pair.pendingRead(),
            pair.pendingWrite(),
            Outcome.<AsynchronousSocketChannel>of(handler -> server.accept(null, handler)),
            Outcome.<Void>of(handler -> connecting.connect(silent(), null, handler)));
    group.shutdownNow();

    for (Outcome<?> outcome : outcomes) {
      outcome.failure(AsynchronousCloseException.class);
      assertTrue(groups.owns(outcome.thread()), () -> outcome.thread().toString());
      assertEquals(1, outcome.calls());
    }
    assertTrue(terminates());
  }

  @Test
  void channels_that_open_during_shutdownNow_are_refused_or_closed() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      AsynchronousChannelGroup another = groups.open();
      Future<List<AsynchronousChannel>> opening = Tasks.start(() -> openUntilRefused(another));
      Tasks.spin(round * 10_000);
      another.shutdownNow();
      List<AsynchronousChannel> opened = Deadline.get(opening);

      assertTrue(another.awaitTermination(Deadline.LIMIT_SECONDS, SECONDS));
      opened.forEach(ChannelContract::assertClosed);
    }
  }

  private List<AsynchronousChannel> openUntilRefused(AsynchronousChannelGroup another)
      throws IOException {
    List<AsynchronousChannel> opened = new ArrayList<>();
    while (opened.size() < 2000) {
      try {
        opened.add(groups.provider().openAsynchronousSocketChannel(another));
        if (opened.size() % 10 == 0) {
          opened.get(opened.size() - 5).close();
        }
      } catch (ShutdownChannelGroupException expected) {
        return opened;
      }
    }
    return opened;
  }

  // ---- after the termination ----

  @Test
  void operations_with_handlers_throw_ShutdownChannelGroupException_after_the_termination()
      throws Exception {
    AsynchronousSocketChannel channel = connect().channel();
    AsynchronousServerSocketChannel server = listen();
    group.shutdownNow();
    assertTrue(terminates());
    ByteBuffer[] buffers = {one(), one()};

    assertShutdown(() -> channel.read(one(), null, new Outcome<>()));
    assertShutdown(() -> channel.write(one(), null, new Outcome<>()));
    assertShutdown(() -> channel.read(buffers, 0, 2, 0, SECONDS, null, new Outcome<>()));
    assertShutdown(() -> channel.write(buffers, 0, 2, 0, SECONDS, null, new Outcome<>()));
    assertShutdown(() -> channel.connect(listenerAddress(), null, new Outcome<>()));
    assertShutdown(() -> server.accept(null, new Outcome<>()));
  }

  private static void assertShutdown(org.junit.jupiter.api.function.Executable operation) {
    assertThrown(ShutdownChannelGroupException.class, operation);
  }

  @Test
  void futures_fail_with_ClosedChannelException_after_the_termination() throws Exception {
    AsynchronousSocketChannel channel = connect().channel();
    AsynchronousServerSocketChannel server = listen();
    group.shutdownNow();
    assertTrue(terminates());

    Deadline.failure(ClosedChannelException.class, channel.read(one()));
    Deadline.failure(ClosedChannelException.class, channel.write(one()));
    Deadline.failure(ClosedChannelException.class, channel.connect(listenerAddress()));
    Deadline.failure(ClosedChannelException.class, server.accept());
  }

  @Test
  void a_channel_can_be_closed_after_the_termination() throws Exception {
    ChannelPair pair = connect();
    AsynchronousServerSocketChannel server = listen();
    group.shutdownNow();
    assertTrue(terminates());
    pair.channel().close();
    server.close();

    assertThrown(ClosedChannelException.class, pair.channel()::getLocalAddress);
  }

  // ---- awaitTermination ----

  @Test
  void awaitTermination_with_0_or_less_does_not_wait() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    assertFalse(group.awaitTermination(0, SECONDS));
    assertFalse(group.awaitTermination(-1, SECONDS));
    assertFalse(group.awaitTermination(Long.MIN_VALUE, SECONDS));
    group.shutdown();
    channel.close();
    assertTrue(terminates());

    assertTrue(group.awaitTermination(0, SECONDS));
    assertTrue(group.awaitTermination(-1, SECONDS));
  }

  @Test
  void threads_that_wait_for_the_termination_return_when_it_comes() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    Future<Boolean> waiting =
        Tasks.start(
            () -> group.awaitTermination(Long.MAX_VALUE, java.util.concurrent.TimeUnit.DAYS));
    group.shutdown();
    assertFalse(waiting.isDone());
    channel.close();

    assertTrue(Deadline.get(waiting));
  }

  @Test
  void a_thread_that_waits_for_the_termination_can_be_interrupted() throws Exception {
    openChannel();
    Future<Boolean> waiting =
        Tasks.start(
            () -> {
              Thread.currentThread().interrupt();
              return group.awaitTermination(1, SECONDS);
            });

    Deadline.failure(InterruptedException.class, waiting);
  }

  // ---- the executor ----

  @Test
  void the_group_is_an_executor_that_runs_tasks_on_its_threads() throws Exception {
    Executor executor = (Executor) group; // not documented, but the JDK's are
    CompletableFuture<Thread> ran = new CompletableFuture<>();
    executor.execute(() -> ran.complete(Thread.currentThread()));

    assertTrue(groups.owns(Deadline.get(ran)));
  }

  @Test
  void tasks_run_after_the_shutdown_and_are_rejected_after_the_termination() throws Exception {
    Executor executor = (Executor) group;
    AsynchronousSocketChannel channel = openChannel();
    group.shutdown();
    CompletableFuture<Thread> ran = new CompletableFuture<>();
    executor.execute(() -> ran.complete(Thread.currentThread()));
    assertTrue(groups.owns(Deadline.get(ran)));
    channel.close();
    assertTrue(terminates());

    assertThrows(RejectedExecutionException.class, () -> executor.execute(() -> {}));
  }
}
