package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.RuntimeOptions;
import io.weir.Server;
import io.weir.StreamConnection;
import io.weir.testing.Deadline;
import io.weir.testing.OpenFiles;
import io.weir.testing.Program;
import io.weir.testing.SystemTexts;
import io.weir.testing.Tasks;
import io.weir.testing.Threads;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connects to a Unix domain socket that does not accept and whose backlog is full. */
@Tag(SystemTexts.TAG)
class UnixBacklogTest {

  private static final int WAITING = 20;

  @TempDir Path directory;
  private Path path;
  private ServerSocketChannel listener;
  private final List<SocketChannel> fillers = new ArrayList<>();
  private Set<String> socketsBefore;

  @BeforeEach
  void fillBacklog() throws IOException {
    path = directory.resolve("full");
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(path), 1);
    boolean full = false;
    while (!full) {
      SocketChannel filler = SocketChannel.open(StandardProtocolFamily.UNIX);
      filler.configureBlocking(false);
      try {
        filler.connect(UnixDomainSocketAddress.of(path));
        fillers.add(filler);
      } catch (IOException refused) {
        full = true;
      }
    }
    connectToAnother("first"); // what the loops open once stays open
    socketsBefore = OpenFiles.sockets();
  }

  /** Connects to a server that accepts. */
  private void connectToAnother(String name) {
    Path other = directory.resolve(name);
    try (Server server = serve(other);
        StreamConnection connection = Deadline.get(AsyncStreams.openUnixConnection(other))) {
      assertTrue(server.isServing());
      assertEquals("hello", text(connection.reader().read()));
    }
  }

  @AfterEach
  void close() throws IOException {
    listener.close();
    for (SocketChannel filler : fillers) {
      filler.close();
    }
  }

  private static Server serve(Path path) {
    return Deadline.get(
        AsyncStreams.startUnixServer(
            (reader, writer) -> {
              writer.write(bytes("hello"));
              writer.close();
              return writer.waitClosed();
            },
            path));
  }

  private List<CompletableFuture<StreamConnection>> connectAll(ConnectOptions options) {
    return Stream.generate(() -> AsyncStreams.openUnixConnection(path, options))
        .limit(WAITING)
        .toList();
  }

  /** Fails when the clients who wait in the backlog are more than those of the test. */
  private void assertOnlyFillersWait() throws IOException {
    listener.configureBlocking(false);
    for (int i = 0; i < fillers.size(); i++) {
      listener.accept().close();
    }
    assertNull(listener.accept());
  }

  @Test
  void connects_that_wait_hold_up_no_other_and_succeed_once_the_server_accepts() throws Exception {
    List<CompletableFuture<StreamConnection>> waiting = connectAll(ConnectOptions.DEFAULTS);
    connectToAnother("live");
    assertTrue(waiting.stream().noneMatch(CompletableFuture::isDone));

    acceptAndCloseAll();
    for (CompletableFuture<StreamConnection> opening : waiting) {
      try (StreamConnection connection = Deadline.get(opening)) {
        assertEquals("", text(connection.reader().read()));
      }
    }
    OpenFiles.awaitNoMoreThan(socketsBefore);
  }

  /** A connect may be refused with EAGAIN and be accepted some milliseconds later. */
  @RepeatedTest(20)
  void connects_that_wait_for_a_moment_stay_connected() throws Exception {
    List<CompletableFuture<StreamConnection>> waiting = connectAll(ConnectOptions.DEFAULTS);
    Deadline.await("some wait", () -> OpenFiles.sockets().size() > socketsBefore.size() + 1);
    Tasks.spin(8_000_000);
    acceptAndCloseAll();

    for (CompletableFuture<StreamConnection> opening : waiting) {
      try (StreamConnection connection = Deadline.get(opening)) {
        assertEquals("", text(connection.reader().read()));
      }
    }
  }

  /** Accepts and closes connections until the listener is closed. */
  private void acceptAndCloseAll() {
    Future<Void> accepting =
        Tasks.start(
            () -> {
              while (true) {
                listener.accept().close();
              }
            });
    assertFalse(accepting.isCancelled());
  }

  @Test
  void cancelled_ones_leave_no_socket_and_do_not_connect_later() throws Exception {
    List<CompletableFuture<StreamConnection>> waiting = connectAll(ConnectOptions.DEFAULTS);
    waiting.forEach(opening -> assertTrue(opening.cancel(false)));

    OpenFiles.awaitNoMoreThan(socketsBefore);
    assertOnlyFillersWait();
  }

  @Test
  void a_connect_timeout_ends_them() throws Exception {
    Duration timeout = Duration.ofMillis(200);
    for (CompletableFuture<StreamConnection> opening :
        connectAll(ConnectOptions.DEFAULTS.withConnectTimeout(timeout))) {
      String message = Deadline.failure(SocketTimeoutException.class, opening).getMessage();
      assertTrue(message.contains(path.toString()), message);
    }

    OpenFiles.awaitNoMoreThan(socketsBefore);
    assertOnlyFillersWait();
  }

  @Test
  void closing_the_runtime_ends_them() throws Exception {
    AsyncRuntime runtime = AsyncRuntime.create(RuntimeOptions.DEFAULTS.withThreadNames("backlog"));
    List<CompletableFuture<StreamConnection>> waiting =
        connectAll(ConnectOptions.DEFAULTS.withRuntime(runtime));
    Deadline.await("attempts are made", () -> !Threads.named("backlog-blocking").isEmpty());
    runtime.close();

    for (CompletableFuture<StreamConnection> opening : waiting) {
      Deadline.failure(IllegalStateException.class, opening);
    }
    Threads.awaitNone("backlog");
    OpenFiles.awaitNoMoreThan(socketsBefore);
    assertOnlyFillersWait();
  }

  @Test
  void the_end_of_the_server_ends_them() throws Exception {
    List<CompletableFuture<StreamConnection>> waiting = connectAll(ConnectOptions.DEFAULTS);
    connectToAnother("live");
    listener.close();
    for (CompletableFuture<StreamConnection> opening : waiting) {
      Deadline.failure(ConnectException.class, opening);
    }
  }

  @Test
  void the_end_of_the_file_ends_them() throws Exception {
    List<CompletableFuture<StreamConnection>> waiting = connectAll(ConnectOptions.DEFAULTS);
    connectToAnother("live");
    Files.delete(path);
    for (CompletableFuture<StreamConnection> opening : waiting) {
      Deadline.failure(NoSuchFileException.class, opening);
    }
    OpenFiles.awaitNoMoreThan(socketsBefore);
  }

  @Test
  void a_datagram_socket_is_no_full_backlog() throws Exception {
    Path datagrams = directory.resolve("datagrams");
    try (Program python = Program.python("datagram_socket.py", datagrams)) {
      assertEquals("bound", python.line());
      for (int i = 0; i < WAITING; i++) {
        ConnectException refused =
            Deadline.failure(ConnectException.class, AsyncStreams.openUnixConnection(datagrams));
        assertTrue(refused.getMessage().contains(datagrams.toString()), refused.getMessage());
        SystemTexts.assertContains("Protocol wrong type for socket", refused.getMessage());
      }
      python.endInput();
      python.assertEndsWell();
    }
    OpenFiles.awaitNoMoreThan(socketsBefore);
    assertFalse(Files.notExists(datagrams));
  }
}
