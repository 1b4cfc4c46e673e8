package io.weir.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectionLostException;
import io.weir.StreamConnection;
import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.OpenFiles;
import io.weir.testing.SystemTexts;
import io.weir.testing.Tasks;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag(SystemTexts.TAG)
class ConnectFaultsTest {

  private static final int ROUNDS = 1000;

  @Test
  void F1_a_closed_port_is_told_with_host_address_and_port() throws Exception {
    int port = BlockingSockets.closedPort();
    int addresses = InetAddress.getAllByName("localhost").length;

    ConnectException failure =
        Deadline.failure(ConnectException.class, AsyncStreams.openConnection("localhost", port));

    String text = failure.getMessage();
    assertTrue(text.contains("host 'localhost', port " + port), text);
    assertTrue(text.contains("127.0.0.1:" + port), text);
    SystemTexts.assertContains("Connection refused", text);
    assertEquals(addresses == 1 ? 0 : addresses, failure.getSuppressed().length);
    Throwable one = addresses == 1 ? failure : failure.getSuppressed()[0];
    assertInstanceOf(ConnectException.class, one.getCause());
  }

  @Test
  void F1_a_refused_connection_leaves_no_socket() throws Exception {
    int port = BlockingSockets.closedPort();
    Deadline.failure(ConnectException.class, open(port)); // and what is opened once is open
    Set<String> before = OpenFiles.sockets();
    for (int i = 0; i < 100; i++) {
      Deadline.failure(ConnectException.class, open(port));
    }

    OpenFiles.awaitNoMoreThan(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no-such-host.invalid",
        "256.256.256.256",
        "1.2.3.4.5",
        "with space",
        "a..b",
        "new\nline",
        "nul\0in.it",
        " "
      })
  void F4_a_name_without_an_address_is_told_with_host_and_port(String host) {
    UnknownHostException failure =
        Deadline.failure(UnknownHostException.class, AsyncStreams.openConnection(host, 80));

    assertTrue(failure.getMessage().contains("'" + host + "', port 80"), failure.getMessage());
  }

  @Test
  void F4_a_name_that_is_too_long_is_told() {
    String host = "x".repeat(300);
    UnknownHostException failure =
        Deadline.failure(UnknownHostException.class, AsyncStreams.openConnection(host, 80));

    assertTrue(failure.getMessage().contains(host), failure.getMessage());
  }

  @Test
  void F4_a_timeout_ends_the_wait_for_a_name() {
    CompletableFuture<StreamConnection> opening =
        AsyncStreams.openConnection("no-such-host-either.invalid", 80)
            .orTimeout(1, TimeUnit.NANOSECONDS);

    Throwable failure = Deadline.failure(Exception.class, opening);
    assertTrue(
        failure instanceof TimeoutException || failure instanceof UnknownHostException,
        failure::toString);
  }

  @Test
  void F7_a_future_cancelled_at_any_instant_leaves_no_socket() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int cancelled = 0;
    try (ServerSocket server = BlockingSockets.listen()) {
      Loopback.connect(server.getLocalPort()).close();
      BlockingSockets.accept(server).close();
      Set<String> before = OpenFiles.sockets();
      Future<Boolean> accepting = Tasks.start(() -> closeEach(server));
      for (int i = 0; i < ROUNDS; i++) {
        CompletableFuture<StreamConnection> opening = open(server.getLocalPort());
        Tasks.spin(random.nextInt(300_000));
        opening.cancel(false);
        if (opening.isCancelled()) {
          cancelled++;
        } else {
          Deadline.get(opening).close();
        }
      }
      try (Socket last = BlockingSockets.connect(server.getLocalPort())) {
        last.getOutputStream().write(LAST);
        assertTrue(Deadline.get(accepting), "seed " + seed);
      }
      OpenFiles.awaitNoMoreThan(before);
    }
    assertTrue(cancelled > 0);
  }

  private static final int LAST = 42;

  /** Waits for the end of each connection that comes; one that does not end is a leak. */
  private static boolean closeEach(ServerSocket server) throws IOException {
    while (true) {
      try (Socket socket = BlockingSockets.accept(server)) {
        if (readByte(socket) == LAST) {
          return true;
        }
      }
    }
  }

  private static int readByte(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read();
    } catch (java.net.SocketException reset) {
      return -1;
    }
  }

  @Test
  void F7_a_future_cancelled_at_once_leaves_no_socket() throws Exception {
    int cancelled = 0;
    try (ServerSocket server = BlockingSockets.listen()) {
      Loopback.connect(server.getLocalPort()).close();
      BlockingSockets.accept(server).close();
      Set<String> before = OpenFiles.sockets();
      for (int i = 0; i < 50; i++) {
        CompletableFuture<StreamConnection> opening = open(server.getLocalPort());
        if (opening.cancel(true)) {
          assertThrows(CancellationException.class, opening::join);
          cancelled++;
        } else { // it has been faster
          Deadline.get(opening).close();
        }
      }
      OpenFiles.awaitNoMoreThan(before);
    }
    assertTrue(cancelled > 0);
  }

  @Test
  void F8_a_peer_that_resets_at_once_is_an_error_on_first_use() throws Exception {
    try (ServerSocket server = BlockingSockets.listen()) {
      for (int i = 0; i < 50; i++) {
        CompletableFuture<StreamConnection> opening = open(server.getLocalPort());
        BlockingSockets.reset(BlockingSockets.accept(server));
        try (StreamConnection connection = opening.get(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS)) {
          Deadline.failure(ConnectionLostException.class, connection.reader().read(1));
          Deadline.failure(ConnectionLostException.class, connection.writer().drain());
        } catch (ExecutionException e) { // the reset was faster
          assertInstanceOf(ConnectException.class, e.getCause());
        }
      }
    }
  }

  /** The kernel gives a socket the port that it dials once in some ten thousand attempts. */
  @Test
  @Tag("soak")
  void F10_a_socket_connected_to_itself_is_refused() throws Exception {
    int port = BlockingSockets.closedPort() & ~1; // connects get even ports
    int attempts = 200_000;
    String text = "";
    for (int i = 0; i < attempts && !text.contains("no server listens"); i++) {
      text = Deadline.failure(ConnectException.class, open(port)).getMessage();
    }

    assertTrue(text.contains("no server listens"), "not met in " + attempts + " attempts: " + text);
    assertFalse(text.contains("refused"), text);
  }

  private static CompletableFuture<StreamConnection> open(int port) {
    return AsyncStreams.openConnection(Loopback.HOST, port);
  }
}
