package io.weir.internal.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.AsyncServerChannel;
import io.weir.internal.channel.MemoryChannel;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.concurrent.VirtualTimers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.AcceptPendingException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How accepting goes on, on virtual time and a channel that does what the test says. */
class AcceptLoopTest {

  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration MILLI = Duration.ofMillis(1);

  private final VirtualTimers timers = new VirtualTimers();
  private final Listening channel = new Listening();
  private final Recorder owner = new Recorder();
  private final AcceptLoop loop =
      new AcceptLoop(channel, timers, CompletionExecutor.IN_CALLER, owner);

  /** A listening socket on which nothing happens but what the test says. */
  private static final class Listening implements AsyncServerChannel {

    int accepts;
    int comeAtOnce;
    @Nullable Throwable failAtOnce;
    @Nullable RuntimeException thrown;
    @Nullable CompletionHandler<AsyncByteChannel, @Nullable Void> handler;
    boolean open = true;

    @Override
    public void accept(CompletionHandler<AsyncByteChannel, @Nullable Void> accepting) {
      accepts++;
      if (thrown != null) {
        throw thrown;
      }
      if (failAtOnce != null) {
        accepting.failed(failAtOnce, null);
      } else if (comeAtOnce > 0) {
        comeAtOnce--;
        accepting.completed(MemoryChannel.pair(1).left(), null);
      } else {
        handler = accepting;
      }
    }

    private CompletionHandler<AsyncByteChannel, @Nullable Void> takeHandler() {
      CompletionHandler<AsyncByteChannel, @Nullable Void> taken = handler;
      handler = null;
      return taken;
    }

    void come() {
      takeHandler().completed(MemoryChannel.pair(1).left(), null);
    }

    void fail(Throwable error) {
      takeHandler().failed(error, null);
    }

    @Override
    public void close() {
      open = false;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public SocketAddress localAddress() {
      return InetSocketAddress.createUnresolved("here.test", 1);
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
      return null;
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
      return Set.of();
    }

    @Override
    public <T> @Nullable T option(SocketOption<T> name) {
      return null;
    }

    @Override
    public <T> void option(SocketOption<T> name, T value) {}
  }

  /** What the loop has told. */
  private final class Recorder implements AcceptLoop.Owner {

    final List<Throwable> failures = new ArrayList<>();
    int connections;
    int acceptsBeforeTheLast;
    @Nullable AsyncByteChannel last;
    boolean findsNoMemory;
    boolean isFull;

    @Override
    public boolean admit(AsyncByteChannel connection) {
      return true;
    }

    @Override
    public boolean wantsMore() {
      return !isFull;
    }

    @Override
    public void accepted(AsyncByteChannel connection) {
      connections++;
      acceptsBeforeTheLast = channel.accepts;
      last = connection;
      allocate();
    }

    @Override
    public void acceptFailed(Throwable cause) {
      allocate();
      failures.add(cause);
    }

    private void allocate() {
      if (findsNoMemory) {
        throw new OutOfMemoryError("in a test");
      }
    }
  }

  static Stream<Throwable> failures() {
    return Stream.of(
        new IOException("Too many open files"),
        new SocketException("No buffer space available"),
        new IOException("anything else"),
        new IllegalStateException("a bug"),
        new OutOfMemoryError("in a test"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void a_failure_is_told_once_and_accepting_goes_on_after_a_second(Throwable failure) {
    loop.run();
    channel.fail(failure);
    assertEquals(List.of(failure), owner.failures);
    loop.run();
    timers.advance(PAUSE.minus(MILLI));
    assertEquals(1, channel.accepts);
    timers.advance(MILLI);

    assertEquals(2, channel.accepts);
    channel.come();
    assertEquals(1, owner.connections);
    assertEquals(1, owner.failures.size());
  }

  @ParameterizedTest
  @MethodSource("failures")
  void a_failure_that_repeats_at_once_is_tried_once_a_second(Throwable failure) {
    channel.failAtOnce = failure;
    loop.run();
    for (int seconds = 1; seconds <= 10; seconds++) {
      assertEquals(seconds, channel.accepts);
      timers.advance(PAUSE);
    }

    channel.failAtOnce = null;
    timers.advance(PAUSE);
    channel.come();
    assertEquals(1, owner.connections);
    assertEquals(11, owner.failures.size());
  }

  @Test
  void what_accepting_throws_is_a_failure_as_well() {
    AcceptPendingException thrown = new AcceptPendingException();
    channel.thrown = thrown;
    loop.run();
    assertEquals(List.of(thrown), owner.failures);
    channel.thrown = null;
    timers.advance(PAUSE);
    channel.come();

    assertEquals(1, owner.connections);
  }

  @Test
  void closing_in_a_pause_ends_it() {
    loop.run();
    channel.fail(new IOException("Too many open files"));
    loop.close();
    timers.advance(PAUSE);

    assertEquals(0, timers.waiting());
    assertEquals(1, channel.accepts);
    assertFalse(channel.open);
  }

  @Test
  void what_closing_brings_about_is_not_told() {
    loop.run();
    loop.close();
    channel.fail(new AsynchronousCloseException());
    loop.run();

    assertEquals(List.of(), owner.failures);
    assertEquals(0, timers.waiting());
    assertEquals(1, channel.accepts);
  }

  @Test
  void F59_a_connection_for_which_there_is_no_memory_is_aborted_and_the_next_one_accepted() {
    owner.findsNoMemory = true;
    loop.run();
    channel.come();
    assertFalse(owner.last.isOpen());
    owner.findsNoMemory = false;
    channel.come();

    assertTrue(owner.last.isOpen());
    assertEquals(2, owner.connections);
  }

  @Test
  void F59_a_failure_that_cannot_be_told_for_want_of_memory_ends_after_a_second_as_any_other() {
    owner.findsNoMemory = true;
    loop.run();
    channel.fail(new IOException("Too many open files"));
    assertEquals(1, channel.accepts);
    owner.findsNoMemory = false;
    timers.advance(AcceptLoop.PAUSE);
    channel.come();

    assertEquals(1, owner.connections);
  }

  @Test
  void F59_a_timer_that_starts_and_then_finds_no_memory_arms_no_second_accept() {
    AtomicInteger started = new AtomicInteger();
    AcceptLoop unlucky =
        new AcceptLoop(channel, failingOnce(started), CompletionExecutor.IN_CALLER, owner);
    unlucky.run();
    channel.fail(new IOException("Too many open files"));
    assertEquals(2, started.get());
    timers.advance(PAUSE);
    assertEquals(2, channel.accepts);
    channel.come();

    assertEquals(1, owner.connections);
    assertEquals(3, channel.accepts);
  }

  @Test
  void F59_the_end_of_a_pause_arms_no_second_accept_when_there_was_room_before() {
    loop.run();
    owner.findsNoMemory = true;
    owner.isFull = true;
    channel.come();
    owner.findsNoMemory = false;
    owner.isFull = false;
    loop.run();
    assertEquals(2, channel.accepts);
    timers.advance(PAUSE);

    assertEquals(2, channel.accepts);
    channel.come();
    assertEquals(2, owner.connections);
    assertEquals(List.of(), owner.failures);
  }

  @Test
  void F59_the_thread_of_a_loop_does_not_wait_for_memory() {
    List<Runnable> reports = new ArrayList<>();
    AtomicInteger started = new AtomicInteger();
    AcceptLoop unlucky =
        new AcceptLoop(channel, failing(10, started), CompletionExecutor.on(reports::add), owner);
    unlucky.run();
    owner.findsNoMemory = true;
    owner.isFull = true;
    channel.come();
    assertEquals(10, started.get(), "attempts to start the timer");
    assertEquals(1, reports.size());
    owner.findsNoMemory = false;
    owner.isFull = false;
    reports.get(0).run();
    timers.advance(PAUSE.minus(MILLI));
    assertEquals(1, channel.accepts);
    timers.advance(MILLI);

    assertEquals(2, channel.accepts);
    channel.come();
    assertEquals(2, owner.connections);
  }

  private Timers failingOnce(AtomicInteger started) {
    return failing(1, started);
  }

  private Timers failing(int times, AtomicInteger started) {
    return new Timers() {
      @Override
      public Timeout schedule(Duration delay, Runnable action) {
        Timeout timeout = timers.schedule(delay, action);
        if (started.getAndIncrement() < times) {
          throw new OutOfMemoryError("in a test");
        }
        return timeout;
      }

      @Override
      public long nanoTime() {
        return timers.nanoTime();
      }
    };
  }

  @Test
  void the_next_is_accepted_before_the_one_that_came_is_served() {
    loop.run();
    channel.come();

    assertEquals(1, owner.connections);
    assertEquals(2, owner.acceptsBeforeTheLast);
  }

  @Test
  void any_number_that_comes_at_once_does_not_nest() {
    channel.comeAtOnce = 50_000;
    loop.run();

    assertEquals(50_000, owner.connections);
    assertTrue(channel.handler != null, "and it waits for the next");
  }
}
