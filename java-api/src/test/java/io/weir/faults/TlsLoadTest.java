package io.weir.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionLostException;
import io.weir.ErrorStage;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.testing.BlockingSockets;
import io.weir.testing.CallbackCheck;
import io.weir.testing.Deadline;
import io.weir.testing.Echo;
import io.weir.testing.ErrorReport;
import io.weir.testing.Loopback;
import io.weir.testing.Multiplicity;
import io.weir.testing.OpenFiles;
import io.weir.testing.RecordingErrorListener;
import io.weir.testing.Threads;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Very many handshakes at once, of which half fail. */
@Tag(Multiplicity.TAG)
class TlsLoadTest {

  private static final int HANDSHAKES = Multiplicity.isAll() ? 1_000 : 200;
  private static final int OF_EACH_BAD_KIND = HANDSHAKES / 8;
  private static final byte[] HALF_A_RECORD = {22, 3, 1, 2, 0, 1, 0, 1};
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
          "weir-resolver", 8L,
          "weir-tls", 8L);

  /** The last of a thousand waits for all others, on a machine that may have more to do. */
  private static final int LONG_SECONDS = 50;

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");

  private final RecordingErrorListener reports = new RecordingErrorListener();
  private final List<Socket> silent = new ArrayList<>();
  private final List<Socket> ended = new ArrayList<>();

  @Test
  void F51_who_shakes_hands_is_served_while_half_of_all_handshakes_fail_or_hang() throws Exception {
    ServerOptions serving =
        ServerOptions.DEFAULTS
            .withErrorListener(reports)
            .withBacklog(HANDSHAKES)
            .withTls(TlsOptions.of(AUTHORITY.issue().serverContext()));
    ConnectOptions connecting =
        ConnectOptions.DEFAULTS.withTls(TlsOptions.of(AUTHORITY.clientContext()));
    Loopback.end(Loopback.serve(Echo.LINES, serving)); // what is opened once is open
    Set<String> socketsBefore = OpenFiles.sockets();
    Map<String, Long> threadsBefore = Threads.kinds("weir-");
    Server server = Loopback.serve(Echo.LINES, serving);
    int port = Loopback.port(server);

    List<CompletableFuture<StreamConnection>> good = new ArrayList<>();
    for (int i = 0; i < OF_EACH_BAD_KIND; i++) {
      beginBadly(port);
      for (int n = 0; n < 4; n++) {
        good.add(CallbackCheck.watch(AsyncStreams.openConnection(Loopback.HOST, port, connecting)));
      }
    }
    int served = 0;
    List<StreamConnection> talking = new ArrayList<>();
    for (CompletableFuture<StreamConnection> opening : good) {
      StreamConnection connection = opening.get(LONG_SECONDS, TimeUnit.SECONDS);
      connection.writer().write(HELLO);
      talking.add(connection);
    }
    for (StreamConnection connection : talking) {
      assertEquals(
          "hello\n",
          new String(Deadline.get(CallbackCheck.watch(connection.reader().readLine())), US_ASCII));
      served++;
    }
    Deadline.await("all that failed is told", () -> reports.all().size() >= 3 * OF_EACH_BAD_KIND);
    assertEquals(HANDSHAKES / 2, served);
    assertReports();

    server.close();
    server.abortClients();
    Deadline.get(server.waitClosed());
    for (Socket socket : silent) {
      assertEquals(0, BlockingSockets.countToEnd(socket));
      socket.close();
    }
    for (Socket socket : ended) {
      socket.close();
    }
    for (StreamConnection connection : talking) {
      connection.writer().transport().abort();
    }
    assertEquals(3 * OF_EACH_BAD_KIND, reports.all().size());
    OpenFiles.awaitNoMoreThan(socketsBefore);
    Threads.assertAtMost(MOST_THREADS, threadsBefore, "weir-");
    System.out.printf(
        "TLS under load: %d handshakes at once: %d served, %d failed, %d silent to the end%n",
        HANDSHAKES, served, reports.all().size(), silent.size());
  }

  private void beginBadly(int port) throws Exception {
    silent.add(BlockingSockets.connect(port));
    Socket garbage = BlockingSockets.connect(port);
    garbage.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
    ended.add(garbage);
    Socket leaving = BlockingSockets.connect(port);
    leaving.getOutputStream().write(HALF_A_RECORD);
    leaving.shutdownOutput();
    ended.add(leaving);
    Socket reset = BlockingSockets.connect(port);
    reset.getOutputStream().write(HALF_A_RECORD);
    BlockingSockets.reset(reset);
  }

  private void assertReports() {
    int noTls = 0;
    for (ErrorReport report : reports.all()) {
      assertEquals(ErrorStage.TLS_HANDSHAKE, report.stage(), () -> "" + report);
      assertTrue(report.peer() != null, () -> "" + report);
      if (report.error() instanceof TlsException failure) {
        assertEquals(TlsFailure.NOT_TLS, failure.failure());
        noTls++;
      } else {
        assertInstanceOf(ConnectionLostException.class, report.error());
      }
    }
    assertEquals(OF_EACH_BAD_KIND, noTls);
  }
}
