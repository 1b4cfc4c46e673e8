package io.weir.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connects and starts that are cancelled while their callback executor has not run yet. */
class CancelledStartsTest {

  /** Keeps every task, as the queue of a pool whose threads are blocked. */
  private static final class Held implements Executor {

    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    /** Waits until the library has submitted a task. */
    Runnable awaitTask() throws InterruptedException {
      Runnable task = tasks.poll(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS);
      assertNotNull(task, "no task was submitted");
      return task;
    }
  }

  private final Held executor = new Held();
  private final ConnectOptions connecting = ConnectOptions.DEFAULTS.withCallbackExecutor(executor);

  @Test
  void F7_a_connection_that_the_executor_has_not_published_is_closed_by_a_cancellation()
      throws Exception {
    try (ServerSocket server = BlockingSockets.listen()) {
      CompletableFuture<StreamConnection> opening =
          AsyncStreams.openConnection("127.0.0.1", server.getLocalPort(), connecting);
      try (Socket peer = BlockingSockets.accept(server)) {
        Runnable publication = executor.awaitTask();

        assertTrue(opening.cancel(false));

        assertEquals(0, BlockingSockets.countToEnd(peer));
        publication.run();
        assertTrue(opening.isCancelled());
      }
    }
  }

  @Test
  void F7_over_a_unix_domain_socket_too(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("s");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      CompletableFuture<StreamConnection> opening =
          AsyncStreams.openUnixConnection(path, connecting);
      try (SocketChannel peer = server.accept()) {
        executor.awaitTask();

        assertTrue(opening.cancel(false));

        CompletableFuture<Integer> end =
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return peer.read(ByteBuffer.allocate(1));
                  } catch (IOException e) {
                    return -1;
                  }
                });
        assertEquals(-1, Deadline.get(end));
      }
    }
  }

  @Test
  void F7_after_a_tls_handshake_too() throws Exception {
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    TlsOptions serving = TlsOptions.of(authority.issue().serverContext());
    TlsOptions trusting =
        TlsOptions.of(authority.clientContext()).dangerouslyAcceptingAnyHostname();
    try (TestServer server =
        TestServer.by(
            (reader, writer) -> new CompletableFuture<>(),
            ServerOptions.DEFAULTS.withTls(serving))) {
      CompletableFuture<StreamConnection> opening =
          AsyncStreams.openConnection(
              "127.0.0.1", server.address().getPort(), connecting.withTls(trusting));
      executor.awaitTask();
      Deadline.await("the handler runs", () -> server.served().size() == 1);

      assertTrue(opening.cancel(false));

      Deadline.await("the server lost the client", () -> server.server().connections().isEmpty());
    }
  }

  @Test
  void a_server_that_the_executor_has_not_published_is_closed_by_a_cancellation(
      @TempDir Path folder) throws Exception {
    Path path = folder.resolve("s");
    CompletableFuture<Server> starting =
        AsyncStreams.startUnixServer(
            (reader, writer) -> new CompletableFuture<>(),
            path,
            ServerOptions.DEFAULTS.withCallbackExecutor(executor));
    Runnable publication = executor.awaitTask();
    assertTrue(Files.exists(path));

    assertTrue(starting.cancel(false));

    assertFalse(Files.exists(path), "the server has closed");
    publication.run();
    assertTrue(starting.isCancelled());
  }
}
