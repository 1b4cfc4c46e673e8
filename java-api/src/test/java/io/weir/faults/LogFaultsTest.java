package io.weir.faults;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ClientAuth;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.certificates.Leaf;
import io.weir.testing.BlockingPeer;
import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import io.weir.testing.GarbageCollection;
import io.weir.testing.Loopback;
import io.weir.testing.TestRuntime;
import io.weir.testing.TlsOptionsSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What peers send to whoever reads the log. */
class LogFaultsTest {

  private static final String EVIL = "evil\u001b[2J\nFAKE LOG LINE\r\n";
  private static final String ESCAPED = "evil\\u001b[2J\\nFAKE LOG LINE\\r\\n";

  @TempDir Path directory;

  /** What is logged is text, and no more lines than the stack traces are of. */
  private static void assertClean(LogRecord record) {
    assertClean(record.getMessage());
    Throwable thrown = record.getThrown();
    if (thrown != null) {
      assertCleanWithAllBelow(thrown);
      StringWriter printed = new StringWriter();
      thrown.printStackTrace(new PrintWriter(printed, true));
      printed.toString().lines().map(String::strip).forEach(LogFaultsTest::assertClean);
      assertFalse(printed.toString().contains("\nFAKE"), printed::toString);
    }
  }

  private static void assertCleanWithAllBelow(Throwable error) {
    assertClean(error.toString());
    assertClean(String.valueOf(error.getMessage()));
    Stream.concat(Stream.ofNullable(error.getCause()), Stream.of(error.getSuppressed()))
        .forEach(LogFaultsTest::assertCleanWithAllBelow);
  }

  private static void assertClean(String text) {
    assertTrue(text.chars().noneMatch(Character::isISOControl), text);
  }

  private static void assertTold(String part, LogRecord record) {
    assertClean(record);
    String told = record.getMessage() + " " + record.getThrown();
    assertTrue(told.contains(part), told);
  }

  // ---- bytes ----

  private static IllegalStateException refusal(String received) {
    IllegalStateException refusal =
        new IllegalStateException(
            "cannot make sense of " + received, new IOException("cause: " + received));
    refusal.addSuppressed(new IOException("suppressed: " + received));
    return refusal;
  }

  private static LogRecord loggedByEvilBytesAt(Server server, CapturedLog log) {
    try (server;
        BlockingPeer peer = BlockingPeer.connect(Loopback.address(server))) {
      peer.send(EVIL);
      assertTrue(peer.sawEnd());
      return log.awaitRecord();
    }
  }

  @Test
  void F63_what_a_handler_throws_at_a_peers_bytes_is_escaped_in_the_log() {
    ConnectionHandler refusing =
        (reader, writer) ->
            reader
                .readExactly(EVIL.length())
                .thenAccept(
                    received -> {
                      throw refusal(text(received));
                    });
    try (CapturedLog log = new CapturedLog()) {
      LogRecord record = loggedByEvilBytesAt(Loopback.serve(refusing), log);

      assertTold("IllegalStateException: cannot make sense of " + ESCAPED, record);
      assertEquals(
          "java.io.IOException: cause: " + ESCAPED, record.getThrown().getCause().toString());
      assertEquals(1, log.records().size());
    }
  }

  @Test
  void F63_what_an_error_listener_throws_is_escaped_in_the_log() {
    ConnectionHandler failing =
        (reader, writer) -> reader.readExactly(EVIL.length()).thenCompose(all -> null);
    ServerOptions throwing =
        ServerOptions.DEFAULTS.withErrorListener(
            (stage, peer, error) -> {
              throw refusal(EVIL);
            });
    try (CapturedLog log = new CapturedLog()) {
      assertTold(ESCAPED, loggedByEvilBytesAt(Loopback.serve(failing, throwing), log));
    }
  }

  // ---- names ----

  private Server serveOnPath(ConnectionHandler handler) {
    return serveOnPath(handler, ServerOptions.DEFAULTS);
  }

  private Server serveOnPath(ConnectionHandler handler, ServerOptions options) {
    return Deadline.get(AsyncStreams.startUnixServer(handler, directory.resolve("s"), options));
  }

  /** A client whose own end has a path too. */
  private SocketChannel connectFromEvilPath() throws IOException {
    SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
    client.bind(UnixDomainSocketAddress.of(directory.resolve(EVIL)));
    client.connect(UnixDomainSocketAddress.of(directory.resolve("s")));
    return client;
  }

  @Test
  void F63_the_path_of_a_peers_socket_is_escaped_in_the_log() throws Exception {
    ConnectionHandler writingAfterClose =
        (reader, writer) -> {
          writer.close();
          for (int i = 0; i < 5; i++) {
            writer.write(bytes("dropped"));
          }
          throw new IllegalStateException("a bug");
        };
    try (CapturedLog log = new CapturedLog();
        Server server = serveOnPath(writingAfterClose);
        SocketChannel client = connectFromEvilPath()) {
      assertTrue(client.isConnected());
      assertTrue(server.isServing());
      Deadline.await("the drops and the failure are logged", () -> log.records().size() == 2);

      log.records().forEach(record -> assertTold(ESCAPED, record));
    }
  }

  @Test
  void F63_the_path_of_a_peer_that_was_forgotten_is_escaped_in_the_log() throws Exception {
    try (CapturedLog log = new CapturedLog();
        AsyncRuntime runtime = TestRuntime.create(); // warns once a minute
        Server server =
            serveOnPath(
                ConnectionHandler.of((reader, writer) -> {}),
                ServerOptions.DEFAULTS.withRuntime(runtime));
        SocketChannel client = connectFromEvilPath()) {
      assertTrue(client.isConnected());
      assertTrue(server.isServing());
      GarbageCollection.collectUntil("the forgotten one is logged", () -> !log.records().isEmpty());

      assertTold(ESCAPED, log.awaitRecord());
    }
  }

  @Test
  void F63_the_names_in_a_peers_certificate_are_clean_in_the_log() {
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    CertificateAuthority pretender = CertificateAuthority.create("Test CA");
    Issued shown = pretender.issue(Leaf.DEFAULTS.withCommonName(EVIL));
    TlsOptions asking =
        TlsOptionsSource.FILES
            .options(directory, authority.issue(), authority)
            .withClientAuth(ClientAuth.REQUIRED);
    ConnectOptions showing =
        ConnectOptions.DEFAULTS.withTls(TlsOptions.of(shown.contextTrusting(authority)));
    try (CapturedLog log = CapturedLog.ofDebugging()) {
      Server server =
          Loopback.serve((reader, writer) -> reader.read(), ServerOptions.DEFAULTS.withTls(asking));
      AsyncStreams.openConnection(Loopback.HOST, Loopback.port(server), showing)
          .thenAccept(StreamConnection::close);

      LogRecord record = log.awaitRecord();
      assertTold("FAKE LOG LINE", record);
      assertEquals(Level.FINE, record.getLevel());
      assertEquals(TlsFailure.UNTRUSTED, ((TlsException) record.getThrown()).failure());
      Loopback.end(server);
    }
  }
}
