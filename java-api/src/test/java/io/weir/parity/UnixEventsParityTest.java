package io.weir.parity;

import static io.weir.parity.Refusal.assertRefused;
import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import io.weir.testing.Deadline;
import io.weir.testing.SystemTexts;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CPython's test_unix_events.py. */
@Tag(SystemTexts.TAG)
class UnixEventsParityTest {

  private static final ConnectionHandler HELLO =
      (reader, writer) -> {
        writer.write(bytes("hi"));
        writer.close();
        return writer.waitClosed();
      };

  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void choosePath() {
    path = directory.resolve("s");
  }

  private String hello() {
    try (StreamConnection connection = Deadline.get(AsyncStreams.openUnixConnection(path))) {
      return text(connection.reader().read());
    }
  }

  @Test
  @DisplayName("a socket file that nobody serves any more is replaced")
  void testCreateUnixServerExistingPathSock() throws Exception {
    ServerSocketChannel stale = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    stale.bind(UnixDomainSocketAddress.of(path)).close();
    assertTrue(Files.exists(path));

    try (Server server = Deadline.get(AsyncStreams.startUnixServer(HELLO, path))) {
      assertTrue(server.isServing());
      assertEquals("hi", hello());
    }
  }

  @Test
  @DisplayName("a server takes a path object")
  void testCreateUnixServerPathlike() {
    try (Server server = Deadline.get(AsyncStreams.startUnixServer(HELLO, path))) {
      assertEquals(UnixDomainSocketAddress.of(path), server.sockets().get(0).localAddress());
      assertTrue(Files.exists(path));
    }
  }

  @Test
  @DisplayName("a client takes a path object, and says so when there is no such file")
  void testCreateUnixConnectionPathlike() {
    NoSuchFileException missing =
        Deadline.failure(NoSuchFileException.class, AsyncStreams.openUnixConnection(path));
    assertEquals(path.toString(), missing.getFile());

    try (Server server = Deadline.get(AsyncStreams.startUnixServer(HELLO, path))) {
      assertTrue(server.isServing());
      assertEquals("hi", hello());
    }
  }

  @Test
  @DisplayName("a server without a path and without a channel is refused, naming what is missing")
  void testCreateUnixServerNopathNosock() {
    assertRefused("path", () -> AsyncStreams.startUnixServer(HELLO, null));
    assertRefused("path is empty", () -> AsyncStreams.startUnixServer(HELLO, Path.of("")));
    assertRefused("channel", () -> AsyncStreams.startServer(HELLO, (ServerSocketChannel) null));
  }

  @Test
  @DisplayName("a client without a path and without a channel is refused, naming what is missing")
  void testCreateUnixConnectionNopathNosock() {
    assertRefused("path", () -> AsyncStreams.openUnixConnection(null));
    assertRefused("path is empty", () -> AsyncStreams.openUnixConnection(Path.of("")));
    assertRefused("channel", () -> AsyncStreams.openConnection((SocketChannel) null));
  }

  /** Nothing of TLS can be asked for but in options for TLS. */
  private static void assertOfTlsOnly(String setting) {
    for (Class<?> options : List.of(ServerOptions.class, ConnectOptions.class)) {
      assertTrue(
          Arrays.stream(options.getMethods()).noneMatch(each -> each.getName().equals(setting)));
    }
    assertTrue(
        Arrays.stream(TlsOptions.class.getMethods())
            .anyMatch(each -> each.getName().equals(setting)));
  }

  @Test
  @DisplayName("a server has no timeout for handshakes where it has no TLS")
  void testCreateUnixServerSslTimeoutWithPlainSock() {
    assertOfTlsOnly("withHandshakeTimeout");
    assertOfTlsOnly("withShutdownTimeout");
  }

  @Test
  @DisplayName("a client names no server where it has no TLS, and must where it has")
  void testCreateUnixConnectionNosslServerhost() {
    assertOfTlsOnly("withServerHostname");

    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                AsyncStreams.openUnixConnection(
                    path, ConnectOptions.DEFAULTS.withTls(TlsOnLoopback.CLIENT)));
    assertTrue(refused.getMessage().contains("withServerHostname"), refused::getMessage);
  }

  @Test
  @DisplayName("a client has no timeout for handshakes where it has no TLS")
  void testCreateUnixConnectionSslTimeoutWithPlainSock() {
    assertOfTlsOnly("withHandshakeTimeout");
    assertOfTlsOnly("withShutdownTimeout");
  }
}
