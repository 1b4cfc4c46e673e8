package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.weir.AsyncRuntime;
import io.weir.CloseReason;
import io.weir.InternalAccess;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.concurrent.VirtualTimers;
import io.weir.internal.stream.FailingChannel.Call;
import io.weir.internal.stream.FailingConnection.Medium;
import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever {@link Error} is thrown at whatever step: the connection ends, its peer sees that, every
 * pending future completes, the error is the cause, and the log has a warning.
 */
class ErrorInjectionTest {

  private static final byte[] MUCH = new byte[6 * 1024 * 1024]; // more than any medium takes

  /** Where the call is made that runs into the error. */
  enum Caller {
    PROGRAM,
    CALLBACK
  }

  /** The errors: they are thrown without a stack, as an error of the JVM may be. */
  enum Kind {
    STACK {
      @Override
      Error make() {
        return new StackOverflowError("injected");
      }
    },
    MEMORY {
      @Override
      Error make() {
        return new OutOfMemoryError("injected");
      }
    };

    abstract Error make();
  }

  static Stream<Arguments> cases() {
    List<Arguments> all = new ArrayList<>();
    for (Medium medium : Medium.values()) {
      for (Call call : Call.values()) {
        int last = call == Call.READ || call == Call.WRITE ? 3 : 1;
        for (int n = 1; n <= last; n++) {
          for (Kind kind : Kind.values()) {
            for (Caller caller : Caller.values()) {
              all.add(arguments(medium, call, n, kind, caller));
            }
          }
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void an_error_of_the_channel_ends_the_connection_and_everything_that_waits(
      Medium medium, Call call, int n, Kind kind, Caller caller) throws IOException {
    Error error = kind.make();
    try (CapturedLog log = new CapturedLog();
        FailingConnection link =
            FailingConnection.make(
                medium, InternalAccess.io(AsyncRuntime.shared()).timers(), null, Timeouts.NONE)) {
      List<CompletableFuture<?>> futures = Collections.synchronizedList(new ArrayList<>());
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Runnable act =
          () -> {
            try {
              act(link, call, n, error, futures);
            } catch (Throwable escaped) {
              thrown.set(escaped);
            }
          };
      if (caller == Caller.PROGRAM) {
        act.run();
        link.connection.start();
      } else {
        link.connection.start();
        CompletableFuture<Void> done = link.reader.read(1).thenRun(act);
        link.send("!");
        Deadline.get(done);
      }
      if (call == Call.READ) {
        sendUntilThrown(link);
      }
      Future<Void> peer = link.peerReadsToEnd();

      assertEnded(link, futures, peer);
      assertTrue(link.channel.hasThrown(), "the error was never thrown");
      CloseReason reason = link.connection.closeReason();
      if (call == Call.ABORT) { // the reason was decided before
        assertEquals(CloseReason.Kind.ABORTED, reason.kind());
      } else {
        assertEquals(error, rootOf(reason.cause()), () -> "closed by " + reason);
      }
      Deadline.await("the log has a warning: " + log.messages(), () -> hasWarningOf(log, error));
      assertEquals(null, thrown.get());
    }
  }

  /** Sends bytes, one read for each, until a read has thrown. */
  private static void sendUntilThrown(FailingConnection link) {
    for (int sent = 1; sent < 4 && !link.channel.hasThrown(); sent++) {
      int all = sent;
      link.send("x");
      Deadline.await("it is read", () -> link.channel.hasThrown() || received(link) == all);
    }
  }

  private static int received(FailingConnection link) {
    Matcher count = Pattern.compile("(\\d+) bytes").matcher(link.connection.describe(0, null));
    return count.find() ? Integer.parseInt(count.group(1)) : 0;
  }

  private static void act(
      FailingConnection link, Call call, int n, Error error, List<CompletableFuture<?>> futures) {
    futures.add(link.reader.readExactly(1000));
    futures.add(link.reader.whenPeerGone());
    futures.add(link.writer.waitClosed());
    link.channel.failAt(call, n, error);
    switch (call) {
      case READ -> {}
      case WRITE, WRITE_NOW -> link.writer.write(MUCH);
      case SHUTDOWN_OUTPUT -> link.writer.writeEof();
      case CLOSE -> link.writer.close();
      case ABORT -> link.writer.transport().abort();
    }
    futures.add(link.writer.drain());
    futures.add(link.writer.waitClosed());
  }

  private static void assertEnded(
      FailingConnection link, List<CompletableFuture<?>> futures, Future<Void> peer) {
    for (CompletableFuture<?> future : futures) {
      Deadline.await("a future completes: " + futures, future::isDone);
    }
    Deadline.await("there is a reason", () -> link.connection.closeReason() != null);
    assertNotNull(link.connection.closeReason());
    Deadline.await("the peer sees the end", peer::isDone);
  }

  private static Throwable rootOf(Throwable error) {
    Throwable root = error;
    while (root != null && root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  private static boolean hasWarningOf(CapturedLog log, Error error) {
    return log.records().stream()
        .anyMatch(record -> String.valueOf(record.getThrown()).contains(error.getMessage()));
  }

  /** Timers that throw in the n-th call of schedule. */
  private record FailingTimers(AtomicInteger left, Error error, Timers inner) implements Timers {

    @Override
    public Timeout schedule(Duration delay, Runnable task) {
      if (left.decrementAndGet() == 0) {
        throw error;
      }
      return inner.schedule(delay, task);
    }

    @Override
    public long nanoTime() {
      return inner.nanoTime();
    }
  }

  /** What needs a timer. */
  enum Timed {
    CLOSE_GRACEFULLY {
      @Override
      void act(FailingConnection link, List<CompletableFuture<?>> futures) {
        futures.add(link.writer.closeGracefully(Duration.ofSeconds(60)));
      }
    },
    LINGER {
      @Override
      void act(FailingConnection link, List<CompletableFuture<?>> futures) {
        link.connection.closeAsServerStops();
      }
    },
    DRAIN_INPUT {
      @Override
      void act(FailingConnection link, List<CompletableFuture<?>> futures) {
        link.writer.write(MUCH);
        link.connection.failed(new IOException("Broken pipe"), null); // as its channel does
      }
    };

    abstract void act(FailingConnection link, List<CompletableFuture<?>> futures);
  }

  static Stream<Arguments> timedCases() {
    List<Arguments> all = new ArrayList<>();
    for (Medium medium : Medium.values()) {
      for (Timed timed : Timed.values()) {
        for (Kind kind : Kind.values()) {
          all.add(arguments(medium, timed, kind));
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("timedCases")
  void an_error_of_the_timers_ends_the_connection_and_everything_that_waits(
      Medium medium, Timed timed, Kind kind) throws IOException {
    Error error = kind.make();
    Timers timers =
        new FailingTimers(
            new AtomicInteger(1), error, InternalAccess.io(AsyncRuntime.shared()).timers());
    try (CapturedLog log = new CapturedLog();
        FailingConnection link = FailingConnection.make(medium, timers, null, Timeouts.NONE)) {
      link.connection.start();
      List<CompletableFuture<?>> futures = new ArrayList<>();
      futures.add(link.reader.readExactly(1000));
      futures.add(link.reader.whenPeerGone());
      futures.add(link.writer.waitClosed());

      timed.act(link, futures);
      futures.add(link.writer.drain());

      assertEnded(link, futures, link.peerReadsToEnd());
      if (timed != Timed.DRAIN_INPUT) { // there the loss came first, and stays the cause
        assertEquals(error, rootOf(link.connection.closeReason().cause()));
      }
      Deadline.await("the log has a warning", () -> hasWarningOf(log, error));
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void an_error_of_the_timers_while_an_idle_timeout_is_started_anew_ends_the_connection(Kind kind)
      throws IOException {
    Error error = kind.make();
    VirtualTimers time = new VirtualTimers();
    Timers timers = new FailingTimers(new AtomicInteger(2), error, time);
    try (CapturedLog log = new CapturedLog();
        FailingConnection link =
            FailingConnection.make(
                Medium.MEMORY, timers, null, new Timeouts(Duration.ofSeconds(9), null, null))) {
      link.connection.watch();
      link.connection.start();
      time.advance(Duration.ofSeconds(1));
      link.send("progress");

      time.advance(Duration.ofSeconds(8));

      assertEnded(link, List.of(link.writer.waitClosed()), link.peerReadsToEnd());
      assertEquals(error, rootOf(link.connection.closeReason().cause()));
      Deadline.await("the log has a warning", () -> hasWarningOf(log, error));
    }
  }

  @ParameterizedTest
  @EnumSource(Medium.class)
  void an_executor_that_throws_errors_keeps_no_future_from_completing(Medium medium)
      throws IOException {
    Executor broken =
        task -> {
          throw new OutOfMemoryError("injected");
        };
    try (FailingConnection link =
        FailingConnection.make(
            medium, InternalAccess.io(AsyncRuntime.shared()).timers(), broken, Timeouts.NONE)) {
      link.connection.start();
      CompletableFuture<byte[]> read = link.reader.readExactly(3);
      CompletableFuture<byte[]> rest = read.thenCompose(first -> link.reader.readExactly(1000));
      List<CompletableFuture<?>> futures =
          List.of(rest, link.reader.whenPeerGone(), link.writer.waitClosed());
      link.send("one");
      Deadline.get(read);

      link.writer.close();

      assertEnded(link, futures, link.peerReadsToEnd());
      assertEquals(CloseReason.Kind.CLOSED, link.connection.closeReason().kind());
    }
  }

  @Test
  void a_listener_to_the_end_that_throws_an_error_keeps_no_future_from_completing()
      throws IOException {
    try (FailingConnection link = FailingConnection.open(Medium.MEMORY)) {
      CompletableFuture<byte[]> read = link.reader.read(1);
      CompletableFuture<Void> closed = link.writer.waitClosed();
      read.whenComplete(
          (bytes, failure) -> {
            throw new StackOverflowError("of a callback");
          });

      link.connection.abort();

      assertEnded(link, List.of(read, closed), link.peerReadsToEnd());
    }
  }
}
