package io.weir.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ErrorStage;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import io.weir.testing.Echo;
import io.weir.testing.ErrorReport;
import io.weir.testing.Loopback;
import io.weir.testing.OpenFiles;
import io.weir.testing.RecordingErrorListener;
import io.weir.testing.TestRuntime;
import java.io.IOException;
import java.net.Socket;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;

/** What breaks on our own side of TLS ends that connection, at once, and says so. */
class TlsBreakdownTest {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final int TLS_THREADS = 8;
  private static final TlsOptions SERVER = TlsOptions.of(AUTHORITY.issue().serverContext());

  /** Does what no trust manager should. */
  private static final class Doing extends X509ExtendedTrustManager {

    private final Runnable action;

    Doing(Runnable action) {
      this.action = action;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      action.run();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      action.run();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      action.run();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      action.run();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
      action.run();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      action.run();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @Test
  void an_error_in_a_task_of_the_handshake_fails_it_at_once_with_that_cause() throws Exception {
    AssertionError mine = new AssertionError("my own");
    SSLContext context = SSLContext.getInstance("TLS");
    Runnable throwing =
        () -> {
          throw mine;
        };
    context.init(null, new TrustManager[] {new Doing(throwing)}, null);
    Server server = Loopback.serve(Echo.LINES, ServerOptions.DEFAULTS.withTls(SERVER));

    TlsException failure =
        Deadline.failure(
            TlsException.class,
            AsyncStreams.openConnection(
                "localhost",
                Loopback.port(server),
                ConnectOptions.DEFAULTS.withTls(TlsOptions.of(context))));
    assertEquals(TlsFailure.BROKEN_DOWN, failure.failure());
    assertSame(mine, failure.getCause().getCause());
    assertTrue(failure.getMessage().contains("my own"), failure.getMessage());
    Loopback.end(server);
  }

  @Test
  void tasks_that_hang_of_handshakes_that_were_given_up_hold_up_no_other() throws Exception {
    CountDownLatch hanging = new CountDownLatch(TLS_THREADS);
    CountDownLatch enough = new CountDownLatch(1);
    Runnable hang =
        () -> {
          hanging.countDown();
          awaitSafely(enough);
        };
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Doing(hang)}, null);
    Server server = Loopback.serve(Echo.LINES, ServerOptions.DEFAULTS.withTls(SERVER));
    try (AsyncRuntime runtime = TestRuntime.create()) {
      List<CompletableFuture<StreamConnection>> opening = new ArrayList<>();
      for (int i = 0; i < TLS_THREADS; i++) {
        opening.add(open(server, runtime, TlsOptions.of(context)));
      }
      awaitSafely(hanging);
      opening.forEach(each -> each.cancel(false));

      Deadline.get(open(server, runtime, TlsOptions.of(AUTHORITY.clientContext()))).close();
      enough.countDown();
    } finally {
      enough.countDown();
      Loopback.end(server);
    }
  }

  private static CompletableFuture<StreamConnection> open(
      Server server, AsyncRuntime runtime, TlsOptions tls) {
    return AsyncStreams.openConnection(
        "localhost",
        Loopback.port(server),
        ConnectOptions.DEFAULTS.withRuntime(runtime).withTls(tls));
  }

  private static void awaitSafely(CountDownLatch latch) {
    try {
      assertTrue(latch.await(2 * Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A context that cannot make what it is for, as the JDK's documentation allows. */
  private static final class Unable extends SSLContext {

    Unable() {
      super(new Engineless(), new Provider("Unable", "1", "has no engines") {}, "TLS");
    }

    private static final class Engineless extends SSLContextSpi {

      @Override
      protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random) {}

      @Override
      protected SSLSocketFactory engineGetSocketFactory() {
        throw new UnsupportedOperationException("no sockets");
      }

      @Override
      protected SSLServerSocketFactory engineGetServerSocketFactory() {
        throw new UnsupportedOperationException("no sockets");
      }

      @Override
      protected SSLEngine engineCreateSSLEngine() {
        throw new UnsupportedOperationException("no engines");
      }

      @Override
      protected SSLEngine engineCreateSSLEngine(String host, int port) {
        throw new UnsupportedOperationException("no engines");
      }

      @Override
      protected SSLSessionContext engineGetServerSessionContext() {
        throw new UnsupportedOperationException("no sessions");
      }

      @Override
      protected SSLSessionContext engineGetClientSessionContext() {
        throw new UnsupportedOperationException("no sessions");
      }
    }
  }

  @Test
  void a_context_without_engines_fails_who_connects_and_leaves_no_socket() throws Exception {
    Server server = Loopback.serve(Echo.LINES, ServerOptions.DEFAULTS);
    Loopback.connect(server).close();
    Set<String> before = OpenFiles.sockets();
    CompletableFuture<StreamConnection> opening =
        AsyncStreams.openConnection(
            Loopback.HOST,
            Loopback.port(server),
            ConnectOptions.DEFAULTS.withTls(TlsOptions.of(new Unable())));

    IOException failure = Deadline.failure(IOException.class, opening);
    assertTrue(failure.getMessage().contains("no engines"), failure.getMessage());
    OpenFiles.awaitNoMoreThan(before);
    Loopback.end(server);
  }

  @Test
  void a_context_without_engines_ends_each_client_of_a_server_and_is_reported() throws Exception {
    RecordingErrorListener reports = new RecordingErrorListener();
    Server server =
        Loopback.serve(
            Echo.LINES,
            ServerOptions.DEFAULTS
                .withMaxConnections(1)
                .withErrorListener(reports)
                .withTls(TlsOptions.of(new Unable())));
    for (int i = 1; i <= 4; i++) {
      try (Socket client = BlockingSockets.connect(Loopback.port(server))) {
        assertEquals(0, BlockingSockets.countToEnd(client));
      }
      int told = i;
      Deadline.await("the report", () -> reports.all().size() >= told);
      ErrorReport report = reports.all().get(i - 1);
      assertEquals(ErrorStage.TLS_HANDSHAKE, report.stage());
      assertInstanceOf(IOException.class, report.error());
    }
    Loopback.endInOrder(server);
  }

  @Test
  void a_time_limit_that_no_clock_can_count_is_none() {
    TlsOptions forEver =
        TlsOptions.of(AUTHORITY.clientContext())
            .withHandshakeTimeout(ChronoUnit.FOREVER.getDuration())
            .withShutdownTimeout(ChronoUnit.FOREVER.getDuration());
    Server server = Loopback.serve(Echo.LINES, ServerOptions.DEFAULTS.withTls(SERVER));
    StreamConnection connection =
        Deadline.get(
            AsyncStreams.openConnection(
                "localhost",
                Loopback.port(server),
                ConnectOptions.DEFAULTS
                    .withTls(forEver)
                    .withConnectTimeout(ChronoUnit.FOREVER.getDuration())));
    connection.writer().write("hello\n".getBytes(US_ASCII));
    assertEquals(6, Deadline.get(connection.reader().readLine()).length);
    connection.close();
    Deadline.get(connection.writer().waitClosed());
    Loopback.endInOrder(server);
  }
}
