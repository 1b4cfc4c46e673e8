package io.weir.faults;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.SystemTexts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Unix sockets leave behind: nothing. */
@Tag(Multiplicity.TAG)
@Tag(SystemTexts.TAG)
class UnixLeakTest {

  private static final int BATCHES = Multiplicity.rounds(200);
  private static final int BATCH = 50;

  private static final ConnectionHandler HELLO =
      (reader, writer) -> {
        writer.write(bytes("hi"));
        writer.close();
        return writer.waitClosed();
      };

  @TempDir Path directory;

  private static long openFiles() {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> threads(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith(prefix))
        .toList();
  }

  private List<CompletableFuture<StreamConnection>> openBatch(Path path) {
    return Stream.generate(() -> AsyncStreams.openUnixConnection(path)).limit(BATCH).toList();
  }

  @Test
  void connections_leave_no_file_and_few_threads() throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "there is no /proc");
    Path path = directory.resolve("s");
    Server server = Deadline.get(AsyncStreams.startUnixServer(HELLO, path));
    openBatch(path).forEach(opening -> Deadline.get(opening).close());
    long before = openFiles();

    for (int batch = 0; batch < BATCHES; batch++) {
      for (CompletableFuture<StreamConnection> opening : openBatch(path)) {
        StreamConnection connection = Deadline.get(opening);
        assertEquals("hi", text(connection.reader().read()));
        connection.close();
        Deadline.get(connection.writer().waitClosed());
      }
    }

    Deadline.await("all sockets are closed", () -> openFiles() <= before);
    server.close();
    Deadline.get(server.waitClosed());
    Deadline.await("one acceptor is left", () -> threads("weir-acceptor").size() == 1);
    assertTrue(threads("weir-blocking").size() <= 8, threads("weir-blocking").toString());
    int pool = Math.max(2, Runtime.getRuntime().availableProcessors());
    assertTrue(threads("weir-io").size() <= pool, threads("weir-io").toString());
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void attempts_that_fail_or_are_cancelled_leave_no_file() {
    assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "there is no /proc");
    Path path = directory.resolve("s");
    Server server = Deadline.get(AsyncStreams.startUnixServer(HELLO, path));
    try (server) {
      openBatch(path).forEach(opening -> Deadline.get(opening).close());
      long before = openFiles();
      for (int round = 0; round < 20; round++) {
        openBatch(path)
            .forEach(
                opening -> {
                  opening.cancel(false);
                  opening.thenAccept(StreamConnection::close); // that came before
                });
        openBatch(directory.resolve("missing"))
            .forEach(opening -> Deadline.failure(IOException.class, opening));
        Deadline.failure(IOException.class, AsyncStreams.startUnixServer(HELLO, path));
      }

      Deadline.await("all sockets are closed", () -> openFiles() <= before);
      assertTrue(server.isServing());
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void a_start_that_is_cancelled_leaves_no_server_and_no_file() {
    Path path = directory.resolve("s");
    for (int round = 0; round < 100; round++) {
      CompletableFuture<Server> starting = AsyncStreams.startUnixServer(HELLO, path);
      if (!starting.cancel(false) && !starting.isCompletedExceptionally()) {
        Deadline.get(starting).close();
      }
    }

    Deadline.await("the path is free", () -> canBeServed(path));
    Deadline.await("nothing is left", () -> names().isEmpty());
  }

  private static boolean canBeServed(Path path) {
    CompletableFuture<Server> starting = AsyncStreams.startUnixServer(HELLO, path);
    return Deadline.get(
        starting.handle(
            (server, refused) -> {
              if (server != null) {
                server.close();
              }
              return server != null;
            }));
  }

  private List<String> names() {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(Path::toString).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void a_connect_that_waits_for_a_full_backlog_ends_when_it_is_cancelled() throws Exception {
    Path path = directory.resolve("s");
    ServerOptions options = ServerOptions.DEFAULTS.withBacklog(1).withStartServing(false);
    try (Server server = Deadline.get(AsyncStreams.startUnixServer(HELLO, path, options))) {
      List<CompletableFuture<StreamConnection>> openings = new ArrayList<>();
      CountDownLatch over = new CountDownLatch(20);
      for (int i = 0; i < 20; i++) {
        CompletableFuture<StreamConnection> opening = AsyncStreams.openUnixConnection(path);
        opening.whenComplete((connection, error) -> over.countDown());
        openings.add(opening);
      }
      openings.forEach(opening -> opening.cancel(false));
      Deadline.await("every attempt is over", () -> over.getCount() == 0);
      openings.stream()
          .filter(opening -> !opening.isCancelled())
          .forEach(opening -> Deadline.get(opening).close());

      server.startServing();
      try (StreamConnection connection = Deadline.get(AsyncStreams.openUnixConnection(path))) {
        assertEquals("hi", text(connection.reader().read()));
      }
    }
  }
}
