package io.weir.faults;

import static io.weir.testing.Texts.noise;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.CloseReason;
import io.weir.ConnectOptions;
import io.weir.ConnectionLostException;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import io.weir.TlsTruncationException;
import io.weir.certificates.CertificateAuthority;
import io.weir.testing.BlockingSockets;
import io.weir.testing.BlockingTlsPeer;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.Multiplicity;
import io.weir.testing.Tasks;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How connections over TLS and real sockets end that a peer ends badly, many times over. */
@Tag("channels")
@Tag(Multiplicity.TAG)
class TlsEndFaultsTest {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final SSLContext SERVER = AUTHORITY.issue().serverContext();
  private static final TlsOptions CLIENT = TlsOptions.of(AUTHORITY.clientContext());
  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;
  private static final int ROUNDS = Multiplicity.isAll() ? 1_000 : 20;

  /** A connection of ours, the peer's TLS, and the peer's socket below that. */
  private record Pair(StreamConnection ours, BlockingTlsPeer peer, Socket socket)
      implements AutoCloseable {

    static Pair open(ServerSocket server, String protocol) throws Exception {
      Future<Pair> accepted =
          Tasks.start(
              () -> {
                Socket socket = BlockingSockets.accept(server);
                return new Pair(null, BlockingTlsPeer.server(socket, SERVER), socket);
              });
      StreamConnection ours =
          Loopback.connect(
              server.getLocalPort(),
              ConnectOptions.DEFAULTS.withTls(
                  CLIENT.withProtocols(protocol).withServerHostname("localhost")));
      Pair pair = Deadline.get(accepted);
      return new Pair(ours, pair.peer, pair.socket);
    }

    @Override
    public void close() throws IOException {
      ours.writer().transport().abort();
      socket.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void what_is_queued_arrives_behind_the_peers_bare_end(String protocol) throws Exception {
    byte[] sent = noise(512 * KIB, 3);
    try (ServerSocket server = BlockingSockets.listen()) {
      for (int i = 0; i < ROUNDS / 2; i++) {
        try (Pair pair = Pair.open(server, protocol)) {
          StreamWriter writer = pair.ours.writer();
          writer.write(sent);
          pair.socket.shutdownOutput();

          assertArrayEquals(sent, pair.peer.receive(sent.length));
          Deadline.failure(TlsTruncationException.class, pair.ours.reader().read());
          assertEquals(0, pair.peer.receiveAll().length); // up to our close_notify
          Deadline.failure(TlsTruncationException.class, writer.waitClosed());
          assertEquals(CloseReason.Kind.TLS_FAILURE, writer.closeReason().kind());
          assertEquals(0, writer.closeReason().unsent());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void a_reset_while_we_write_is_a_lost_connection_and_no_truncation(String protocol)
      throws Exception {
    try (ServerSocket server = BlockingSockets.listen()) {
      for (int i = 0; i < ROUNDS / 2; i++) {
        try (Pair pair = Pair.open(server, protocol)) {
          StreamWriter writer = pair.ours.writer();
          BlockingSockets.reset(pair.socket);
          CompletableFuture<Void> drain = CompletableFuture.completedFuture(null);
          while (drain.isDone() && !drain.isCompletedExceptionally()) {
            writer.write(new byte[64 * KIB]);
            drain = writer.drain();
          }

          Deadline.failure(ConnectionLostException.class, drain);
          Deadline.failure(ConnectionLostException.class, writer.waitClosed());
          assertEquals(CloseReason.Kind.RESET, writer.closeReason().kind());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void what_arrived_before_an_abort_and_what_was_not_sent_are_all_that_was_written(String protocol)
      throws Exception {
    assumeTrue(
        System.getProperty("weir.test.provider", "").isEmpty(),
        "on other channels a write may be under way on another thread when we abort");
    int size = 16 * MIB;
    try (ServerSocket server = BlockingSockets.listen()) {
      for (int i = 0; i < Math.max(1, ROUNDS / 50); i++) {
        try (Pair pair = Pair.open(server, protocol)) {
          // An unread session ticket would make the kernel drop what it has accepted.
          pair.peer.send("x");
          Deadline.get(pair.ours.reader().readExactly(1));
          StreamWriter writer = pair.ours.writer();
          writer.write(new byte[size]);
          writer.transport().abort();
          long unsent = writer.closeReason().unsent();
          int received = receiveToTheEnd(pair.peer);

          assertEquals(size, received + unsent);
        }
      }
    }
  }

  /** The JDK reports the end without close_notify when it has handed out all before it. */
  private static int receiveToTheEnd(BlockingTlsPeer peer) {
    int received = 0;
    try {
      while (peer.receive(1).length == 1) {
        received++;
      }
    } catch (RuntimeException cutOff) {
      return received;
    }
    return received;
  }

  @Test
  void an_upload_to_a_server_that_has_given_up_does_not_look_like_a_success() {
    Server server =
        Loopback.serve(
            (reader, writer) -> reader.readExactly(5).thenRun(writer::close),
            ServerOptions.DEFAULTS.withTls(TlsOptions.of(SERVER)));
    StreamConnection connection =
        Loopback.connect(
            Loopback.port(server),
            ConnectOptions.DEFAULTS.withTls(CLIENT.withServerHostname("localhost")));
    connection.writer().write(new byte[64 * MIB]);

    Deadline.failure(ConnectionLostException.class, connection.writer().waitClosed());
    CloseReason reason = connection.writer().closeReason();
    assertEquals(CloseReason.Kind.RESET, reason.kind());
    assertTrue(reason.unsent() > 0, reason::toString);
    Loopback.end(server);
  }
}
