package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ExtraInfo;
import io.weir.RuntimeOptions;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.testing.BlockingPeer;
import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.RecordingObserver;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The events that the flight recorder of the JDK receives. */
class FlightRecorderTest {

  private static final List<String> EVENTS =
      List.of("Connect", "Accept", "TlsHandshake", "WriterStall", "Close", "SlowCallback");

  private static final ConnectionHandler ECHO =
      ConnectionHandler.closing((reader, writer) -> reader.forEachLine(writer::send));

  private final Recording recording = new Recording();

  @TempDir private Path directory;

  @BeforeEach
  void start() {
    for (String event : EVENTS) {
      recording.enable("io.weir." + event).withoutThreshold();
    }
    recording.start();
  }

  @AfterEach
  void close() {
    recording.close();
  }

  /** Returns the events of one kind so far in which a field has a text in it. */
  private List<RecordedEvent> events(String kind, String field, Object text) {
    try {
      return eventsInDump(kind, field, text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private List<RecordedEvent> eventsInDump(String kind, String field, Object text)
      throws IOException {
    Path file = directory.resolve(kind + System.nanoTime());
    recording.dump(file);
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().equals("io.weir." + kind))
        .filter(event -> String.valueOf(event.<Object>getValue(field)).contains(text.toString()))
        .toList();
  }

  private RecordedEvent only(String kind, String field, Object text) {
    Deadline.await("an event", () -> !events(kind, field, text).isEmpty());
    List<RecordedEvent> found = events(kind, field, text);
    assertEquals(1, found.size(), found::toString);
    return found.get(0);
  }

  private static void echo(StreamConnection client, String line) {
    client.writer().write(bytes(line));
    assertEquals(line, text(Deadline.get(client.reader().readLine())));
  }

  private static void end(StreamConnection client, TestServer server) {
    client.writer().close();
    Deadline.get(client.writer().waitClosed());
    Deadline.await("it is closed", () -> server.server().connections().isEmpty());
  }

  @Test
  void has_the_connect_the_accept_and_both_closes_of_a_connection() throws Exception {
    try (TestServer server = TestServer.by(ECHO);
        StreamConnection client = server.open()) {
      Object ofClient = client.writer().getExtraInfo(ExtraInfo.SOCK_NAME);
      echo(client, "hello\n");
      end(client, server);

      RecordedEvent connect = only("Connect", "target", "port " + server.address().getPort());
      assertNull(connect.getString("failure"));
      assertFalse(connect.getDuration().isNegative());
      RecordedEvent accept = only("Accept", "peer", ofClient);
      assertEquals(server.address().toString(), accept.getString("local"));
      RecordedEvent atServer = only("Close", "peer", ofClient);
      assertEquals("CLOSED_BY_PEER", atServer.getString("reason"));
      assertEquals(6, atServer.getLong("received"));
      assertEquals(6, atServer.getLong("sent"));
      assertEquals(0, atServer.getLong("unsent"));
      RecordedEvent atClient = only("Close", "peer", server.address());
      assertEquals("CLOSED", atClient.getString("reason"));
      assertNull(atClient.getString("cause"));
      assertTrue(atClient.getDuration("age").compareTo(Deadline.TIME) < 0);
    }
  }

  /** An error whose text cannot be asked for. */
  private static final class Nameless extends IllegalStateException {

    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new ArithmeticException();
    }
  }

  @Test
  void has_the_close_by_an_error_that_has_no_text_and_the_observer_has_it_too() {
    RecordingObserver observer = new RecordingObserver();
    ConnectionHandler failing =
        (reader, writer) -> {
          throw new Nameless();
        };
    try (TestServer server = TestServer.by(failing, ServerOptions.DEFAULTS.withObserver(observer));
        StreamConnection client = server.open()) {
      Object ofClient = client.writer().getExtraInfo(ExtraInfo.SOCK_NAME);
      Deadline.get(client.reader().read());

      RecordedEvent close = only("Close", "peer", ofClient);
      assertEquals("HANDLER_FAILED", close.getString("reason"));
      assertTrue(close.getString("cause").contains("Nameless"));
      assertEquals("close HANDLER_FAILED", observer.await(2).get(1).what());
    }
  }

  @Test
  void has_the_failure_of_a_connect() throws Exception {
    int port;
    try (BlockingPeer.Listener closed = new BlockingPeer.Listener()) {
      port = closed.port();
    }
    CompletableFuture<?> refused = AsyncStreams.openConnection("127.0.0.1", port);
    String message = Deadline.failure(ConnectException.class, refused).getMessage();

    assertTrue(only("Connect", "target", "port " + port).getString("failure").contains(message));
  }

  @Test
  void has_the_handshakes_of_both_ends_with_their_failures() throws Exception {
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    ServerOptions serving =
        ServerOptions.DEFAULTS.withTls(TlsOptions.of(authority.issue().serverContext()));
    ConnectOptions trusting =
        ConnectOptions.DEFAULTS.withTls(TlsOptions.of(authority.clientContext()));
    try (TestServer server = TestServer.by(ECHO, serving)) {
      StreamConnection client = Loopback.connect(server.address().getPort(), trusting);
      Object ofClient = client.writer().getExtraInfo(ExtraInfo.SOCK_NAME);
      echo(client, "hello\n");
      end(client, server);
      RecordedEvent atServer = only("TlsHandshake", "peer", ofClient);
      assertNull(atServer.getString("failure"));
      assertTrue(atServer.getDuration().toNanos() > 0);
      assertNull(only("TlsHandshake", "peer", server.address()).getString("failure"));

      try (BlockingPeer peer = server.connect()) {
        peer.send("this is not a ClientHello\n");
        Deadline.await("the failure is reported", () -> !server.reports().isEmpty());
        assertNotNull(only("TlsHandshake", "peer", peer.localAddress()).getString("failure"));
        assertEquals("TLS_FAILURE", only("Close", "peer", peer.localAddress()).getString("reason"));
      }
    }
  }

  @Test
  void has_the_stall_of_a_writer_whose_peer_does_not_read() throws Exception {
    int size = 8 * 1024 * 1024;
    ConnectionHandler sending =
        ConnectionHandler.closing((reader, writer) -> writer.send(new byte[size]));
    try (TestServer server = TestServer.by(sending);
        BlockingPeer peer = server.connect()) {
      assertEquals(size, peer.receiveAll().length);
      Deadline.await("it is closed", () -> server.server().connections().isEmpty());

      RecordedEvent stall = only("WriterStall", "peer", peer.localAddress());
      assertTrue(stall.getLong("queued") > 64 * 1024, stall::toString);
      assertTrue(stall.getDuration().toNanos() > 0, stall::toString);
      assertNull(stall.getString("failure"));
    }
  }

  @Test
  void has_a_slow_callback_with_its_thread_and_stack() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    ConnectionHandler blocking =
        (reader, writer) -> {
          assertTrue(release.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
          return writer.waitClosed();
        };
    RuntimeOptions soon =
        RuntimeOptions.DEFAULTS
            .withThreadNames("slow-recorded")
            .withSlowCallbackTime(Duration.ofMillis(50));
    try (AsyncRuntime runtime = AsyncRuntime.create(soon);
        CapturedLog log = new CapturedLog();
        TestServer server = TestServer.by(blocking, ServerOptions.DEFAULTS.withRuntime(runtime));
        BlockingPeer peer = server.connect()) {
      log.awaitRecord();
      release.countDown();

      RecordedEvent slow = only("SlowCallback", "stack", "FlightRecorderTest");
      assertTrue(slow.getThread("thread").getJavaName().startsWith("slow-recorded-io-"));
      assertEquals(Duration.ofMillis(50), slow.getDuration("soFar"), peer::toString);
    }
  }
}
