package io.weir.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.testing.CallbackCheck;
import io.weir.testing.Deadline;
import io.weir.testing.GarbageCollection;
import io.weir.testing.Loopback;
import io.weir.testing.Multiplicity;
import io.weir.testing.OpenFiles;
import io.weir.testing.RecordingErrorListener;
import io.weir.testing.Threads;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What thousands of connections leave behind: nothing. */
@Tag(Multiplicity.TAG)
class LeakTest {

  private static final int CONNECTIONS = Multiplicity.rounds(10_000);
  private static final int BATCH = 50;
  private static final byte[] HELLO = "hello\n".getBytes(US_ASCII);

  private static final long IO_THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());

  /** How many threads a runtime may have, by their names without the number. */
  private static final Map<String, Long> MOST_THREADS =
      Map.of(
          "weir-acceptor", 1L,
          "weir-io", IO_THREADS,
          "weir-callback", IO_THREADS,
          "weir-timers", 1L,
          "weir-cleaner", 1L,
          "weir-resolver", 8L);

  private final RecordingErrorListener reports = new RecordingErrorListener();
  private final AtomicInteger served = new AtomicInteger();

  @Test
  void connections_that_the_client_closes_leave_nothing_behind() throws Exception {
    ConnectionHandler untilTheEnd =
        (reader, writer) ->
            reader
                .readLine()
                .thenAccept(writer::write)
                .thenCompose(nothing -> reader.read())
                .thenRun(writer::close)
                .thenCompose(nothing -> writer.waitClosed())
                .thenRun(this::count);
    assertLeavesNothing(untilTheEnd, CONNECTIONS / 2);
  }

  @Test
  void connections_that_the_server_closes_leave_nothing_behind() throws Exception {
    ConnectionHandler oneAnswer =
        (reader, writer) ->
            reader
                .readLine()
                .thenAccept(writer::write)
                .thenRun(writer::close)
                .thenCompose(nothing -> writer.waitClosed())
                .thenRun(this::count);
    assertLeavesNothing(oneAnswer, CONNECTIONS / 2);
  }

  private void assertLeavesNothing(ConnectionHandler handler, int count) throws Exception {
    Loopback.end(Loopback.serve(handler)); // what is opened once is open
    Set<String> socketsBefore = OpenFiles.sockets();
    Map<String, Long> threadsBefore = Threads.kinds("weir-");
    List<WeakReference<StreamConnection>> some = new ArrayList<>();

    Server server = Loopback.serve(handler, ServerOptions.DEFAULTS.withErrorListener(reports));
    for (int i = 0; i < count / BATCH; i++) {
      some.add(openAndCloseBatch(server));
    }
    Loopback.endInOrder(server);

    Deadline.await("all handlers are done", () -> served.get() == count);
    assertEquals(List.of(), reports.all());
    OpenFiles.awaitNoMoreThan(socketsBefore);
    Threads.assertAtMost(MOST_THREADS, threadsBefore, "weir-");
    GarbageCollection.collectUntil(
        "the connections are collected",
        () -> some.stream().allMatch(reference -> reference.get() == null));
  }

  private void count() {
    CallbackCheck.assertOutsideCalls();
    served.incrementAndGet();
  }

  /** Returns one of the connections, which are all closed. */
  private static WeakReference<StreamConnection> openAndCloseBatch(Server server) {
    List<CompletableFuture<StreamConnection>> batch = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      batch.add(
          CallbackCheck.watch(AsyncStreams.openConnection(Loopback.HOST, Loopback.port(server))));
    }
    for (CompletableFuture<StreamConnection> opening : batch) {
      Deadline.get(opening).writer().write(HELLO);
    }
    for (CompletableFuture<StreamConnection> opening : batch) {
      StreamConnection connection = Deadline.get(opening);
      assertEquals("hello\n", new String(Deadline.get(connection.reader().readLine()), US_ASCII));
      connection.close();
      Deadline.get(connection.writer().waitClosed());
    }
    return new WeakReference<>(Deadline.get(batch.get(0)));
  }
}
