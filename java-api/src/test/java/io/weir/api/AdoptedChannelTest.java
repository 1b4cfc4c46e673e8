package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ErrorListener;
import io.weir.ErrorStage;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.TransportSocket;
import io.weir.certificates.CertificateAuthority;
import io.weir.programs.InheritedServer;
import io.weir.testing.BlockingPeer;
import io.weir.testing.Deadline;
import io.weir.testing.Echo;
import io.weir.testing.Program;
import io.weir.testing.RecordingErrorListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AcceptPendingException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections and servers made of channels that a program hands over. */
class AdoptedChannelTest {

  @TempDir Path directory;
  private final List<AutoCloseable> toClose = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : toClose) {
      closeable.close();
    }
  }

  private <C extends AutoCloseable> C closed(C closeable) {
    toClose.add(closeable);
    return closeable;
  }

  /** What a channel may be of. */
  private enum Family {
    TCP(StandardProtocolFamily.INET),
    UNIX(StandardProtocolFamily.UNIX);

    final StandardProtocolFamily family;

    Family(StandardProtocolFamily family) {
      this.family = family;
    }
  }

  private SocketAddress freeAddress(Family family) {
    return family == Family.TCP
        ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)
        : UnixDomainSocketAddress.of(directory.resolve("s"));
  }

  private ServerSocketChannel listen(Family family) throws IOException {
    return closed(ServerSocketChannel.open(family.family)).bind(freeAddress(family));
  }

  private static AsynchronousServerSocketChannel listen() throws IOException {
    return AsynchronousServerSocketChannel.open()
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  private static void assertRefused(String reason, CompletableFuture<?> future, Channel channel) {
    CompletableFuture<Boolean> openToCallback = future.handle((none, error) -> channel.isOpen());
    IllegalArgumentException refused = Deadline.failure(IllegalArgumentException.class, future);
    assertTrue(refused.getMessage().startsWith("channel is "), refused.getMessage());
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
    assertFalse(Deadline.get(openToCallback));
  }

  private static void assertEchoes(CompletableFuture<StreamConnection> opening) {
    StreamConnection connection = Deadline.get(opening);
    connection.writer().write(bytes("there\n"));
    assertEquals("there\n", text(connection.reader().readLine()));
    connection.writer().writeEof();
    assertEquals("", text(connection.reader().read()));
    connection.close();
    assertNull(Deadline.get(connection.writer().waitClosed()));
  }

  private CompletableFuture<StreamConnection> connect(Server server) throws IOException {
    return AsyncStreams.openConnection(SocketChannel.open(server.sockets().get(0).localAddress()));
  }

  @Nested
  class AConnectedChannel {

    @ParameterizedTest
    @EnumSource
    void becomes_a_connection_that_owns_it(Family family) throws Exception {
      ServerSocketChannel listening = listen(family);
      SocketChannel channel = SocketChannel.open(listening.getLocalAddress());
      try (SocketChannel accepted = listening.accept();
          StreamConnection connection = Deadline.get(AsyncStreams.openConnection(channel));
          StreamConnection peer = Deadline.get(AsyncStreams.openConnection(accepted))) {
        assertFalse(channel.isBlocking());
        assertEquals(
            listening.getLocalAddress(), connection.writer().getExtraInfo(ExtraInfo.PEER_NAME));
        connection.writer().write(bytes("across"));
        connection.writer().close();

        assertEquals("across", text(peer.reader().read()));
        assertNull(Deadline.get(connection.writer().waitClosed()));
        assertFalse(channel.isOpen());
      }
    }

    @Test
    void that_is_asynchronous_becomes_a_connection_on_the_threads_of_its_group() throws Exception {
      AsynchronousChannelGroup group =
          AsynchronousChannelGroup.withFixedThreadPool(
              1, task -> new Thread(task, "group of the test"));
      try (BlockingPeer.Listener listener = new BlockingPeer.Listener()) {
        AsynchronousSocketChannel channel = AsynchronousSocketChannel.open(group);
        Deadline.get(channel.connect(listener.address()));
        StreamConnection connection = Deadline.get(AsyncStreams.openConnection(channel));
        CompletableFuture<String> thread =
            connection.reader().readLine().thenApply(line -> Thread.currentThread().getName());
        try (BlockingPeer peer = listener.accept()) {
          peer.send("line\n");

          assertEquals("group of the test", Deadline.get(thread));
          connection.close();
          assertNull(Deadline.get(connection.writer().waitClosed()));
          assertFalse(channel.isOpen());
        }
      } finally {
        group.shutdownNow();
      }
      assertTrue(group.awaitTermination(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
    }

    @Test
    void of_tcp_does_not_delay_small_writes_at_either_end() throws Exception {
      CompletableFuture<StreamWriter> accepted = new CompletableFuture<>();
      ConnectionHandler keeping =
          ConnectionHandler.of((reader, writer) -> accepted.complete(writer));
      try (Server server = Deadline.get(AsyncStreams.startServer(keeping, listen(Family.TCP)))) {
        SocketAddress address = server.sockets().get(0).localAddress();
        AsynchronousSocketChannel asynchronous = AsynchronousSocketChannel.open();
        Deadline.get(asynchronous.connect(address));
        try (StreamConnection one =
                Deadline.get(AsyncStreams.openConnection(SocketChannel.open(address)));
            StreamConnection other = Deadline.get(AsyncStreams.openConnection(asynchronous))) {
          for (StreamWriter writer :
              List.of(one.writer(), other.writer(), Deadline.get(accepted))) {
            TransportSocket socket = writer.getExtraInfo(ExtraInfo.SOCKET);
            assertEquals(true, socket.getOption(StandardSocketOptions.TCP_NODELAY));
          }
        }
        server.abortClients();
      }
    }

    @Test
    void whose_peer_has_gone_still_gives_what_it_sent() throws Exception {
      try (BlockingPeer.Listener listener = new BlockingPeer.Listener()) {
        SocketChannel channel = SocketChannel.open(listener.address());
        try (BlockingPeer peer = listener.accept()) {
          peer.send("last words");
        }

        try (StreamConnection connection = Deadline.get(AsyncStreams.openConnection(channel))) {
          assertEquals("last words", text(connection.reader().read()));
        }
      }
    }

    @Test
    void has_the_limit_of_its_options() throws Exception {
      ServerSocketChannel listening = listen(Family.UNIX);
      SocketChannel channel = SocketChannel.open(listening.getLocalAddress());
      try (StreamConnection connection =
          Deadline.get(
              AsyncStreams.openConnection(channel, ConnectOptions.DEFAULTS.withLimit(7)))) {
        assertEquals(7, connection.reader().limit());
      }
    }
  }

  @Nested
  class AChannelThatIsNoGood {

    @ParameterizedTest
    @EnumSource
    void as_it_is_not_connected_is_refused_and_closed(Family family) throws Exception {
      SocketChannel channel = SocketChannel.open(family.family);

      assertRefused("must be connected", AsyncStreams.openConnection(channel), channel);
    }

    @Test
    void as_it_is_asynchronous_and_not_connected_is_refused_and_closed() throws Exception {
      AsynchronousSocketChannel channel = AsynchronousSocketChannel.open();

      assertRefused("must be connected", AsyncStreams.openConnection(channel), channel);
    }

    @Test
    void as_it_is_closed_fails() throws Exception {
      SocketChannel blocking = SocketChannel.open();
      blocking.close();
      AsynchronousSocketChannel asynchronous = AsynchronousSocketChannel.open();
      asynchronous.close();

      for (CompletableFuture<?> opening :
          List.of(
              AsyncStreams.openConnection(blocking), AsyncStreams.openConnection(asynchronous))) {
        Deadline.failure(ClosedChannelException.class, opening);
      }
    }

    @ParameterizedTest
    @EnumSource
    void to_serve_with_as_it_is_not_bound_is_refused_and_closed(Family family) throws Exception {
      ServerSocketChannel channel = ServerSocketChannel.open(family.family);

      assertRefused("must be bound", AsyncStreams.startServer(Echo.LINES, channel), channel);
    }

    @Test
    void to_serve_with_as_it_is_asynchronous_and_not_bound_is_refused_and_closed()
        throws Exception {
      AsynchronousServerSocketChannel channel = AsynchronousServerSocketChannel.open();

      assertRefused("must be bound", AsyncStreams.startServer(Echo.LINES, channel), channel);
    }

    @Test
    void to_serve_with_as_it_is_closed_fails() throws Exception {
      ServerSocketChannel blocking = ServerSocketChannel.open();
      blocking.close();
      AsynchronousServerSocketChannel asynchronous = listen();
      asynchronous.close();

      for (CompletableFuture<?> starting :
          List.of(
              AsyncStreams.startServer(Echo.LINES, blocking),
              AsyncStreams.startServer(Echo.LINES, asynchronous))) {
        Deadline.failure(ClosedChannelException.class, starting);
      }
    }

    @Test
    void as_it_is_none_is_refused_at_once() {
      assertThrows(
          NullPointerException.class, () -> AsyncStreams.openConnection((SocketChannel) null));
      assertThrows(
          NullPointerException.class,
          () -> AsyncStreams.openConnection((AsynchronousSocketChannel) null));
      assertThrows(
          NullPointerException.class,
          () -> AsyncStreams.startServer(Echo.LINES, (ServerSocketChannel) null));
      assertThrows(
          NullPointerException.class,
          () -> AsyncStreams.startServer(Echo.LINES, (AsynchronousServerSocketChannel) null));
    }
  }

  @Nested
  class ABoundChannel {

    @ParameterizedTest
    @EnumSource
    void becomes_a_server_that_owns_it(Family family) throws Exception {
      ServerSocketChannel channel = listen(family);
      SocketAddress address = channel.getLocalAddress();
      try (Server server = Deadline.get(AsyncStreams.startServer(Echo.LINES, channel))) {
        assertTrue(server.isServing());
        assertEquals(address, server.sockets().get(0).localAddress());
        assertEchoes(connect(server));
        assertEchoes(connect(server));
      }

      assertFalse(channel.isOpen());
    }

    @Test
    void that_is_asynchronous_becomes_a_server_that_owns_it() throws Exception {
      AsynchronousServerSocketChannel channel = listen();
      try (Server server = Deadline.get(AsyncStreams.startServer(Echo.LINES, channel))) {
        assertEchoes(connect(server));
      }

      assertFalse(channel.isOpen());
    }

    @Test
    void can_be_served_later() throws Exception {
      ServerSocketChannel channel = listen(Family.UNIX);
      ServerOptions later = ServerOptions.DEFAULTS.withStartServing(false);
      try (Server server = Deadline.get(AsyncStreams.startServer(Echo.LINES, channel, later))) {
        CompletableFuture<StreamConnection> early = connect(server);
        assertFalse(server.isServing());
        server.startServing();

        assertEchoes(early);
      }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void of_a_path_leaves_its_file_only_when_it_is_told_to(boolean cleanup) throws Exception {
      ServerSocketChannel channel = listen(Family.UNIX);
      ServerOptions options = ServerOptions.DEFAULTS.withCleanupSocket(cleanup);
      Deadline.get(AsyncStreams.startServer(Echo.LINES, channel, options)).close();

      assertEquals(!cleanup, Files.exists(directory.resolve("s")));
    }

    @Test
    void of_a_path_leaves_its_file_by_default_for_the_next_server_on_it() throws Exception {
      try (ServerSocketChannel mine = listen(Family.UNIX)) {
        Path path = directory.resolve("s");
        Object before = Files.getAttribute(path, "unix:ino");
        Deadline.get(AsyncStreams.startServer(Echo.LINES, mine)).close();

        assertEquals(before, Files.getAttribute(path, "unix:ino"));
      }
      try (Server server =
          Deadline.get(AsyncStreams.startUnixServer(Echo.LINES, directory.resolve("s")))) {
        assertEchoes(connect(server));
      }
      assertTrue(Files.notExists(directory.resolve("s")));
    }
  }

  @Nested
  class AChannelThatBelongsToAnother {

    private static void assertBelongsToAnother(CompletableFuture<?> future, Channel channel) {
      String message = Deadline.failure(IllegalStateException.class, future).getMessage();
      assertTrue(message.startsWith("channel is " + channel + ": "), message);
      assertTrue(message.contains("belongs to a connection or a server already"), message);
      assertTrue(message.contains("adopt another channel"), message);
      assertTrue(channel.isOpen());
    }

    @ParameterizedTest
    @EnumSource
    void is_refused_and_the_connection_goes_on(Family family) throws Exception {
      try (Server server = Deadline.get(AsyncStreams.startServer(Echo.LINES, listen(family)))) {
        SocketChannel channel = SocketChannel.open(server.sockets().get(0).localAddress());
        CompletableFuture<StreamConnection> first = AsyncStreams.openConnection(channel);
        Deadline.get(first);

        assertBelongsToAnother(AsyncStreams.openConnection(channel), channel);

        assertEchoes(first);
      }
    }

    @Test
    void and_is_asynchronous_is_refused_and_the_connection_goes_on() throws Exception {
      try (Server server = Deadline.get(AsyncStreams.startServer(Echo.LINES, listen(Family.TCP)))) {
        AsynchronousSocketChannel channel = AsynchronousSocketChannel.open();
        Deadline.get(channel.connect(server.sockets().get(0).localAddress()));
        CompletableFuture<StreamConnection> first = AsyncStreams.openConnection(channel);
        Deadline.get(first);

        assertBelongsToAnother(AsyncStreams.openConnection(channel), channel);

        assertEchoes(first);
      }
    }

    @ParameterizedTest
    @EnumSource
    void is_refused_and_the_server_goes_on(Family family) throws Exception {
      ServerSocketChannel channel = listen(family);
      try (Server server = Deadline.get(AsyncStreams.startServer(Echo.LINES, channel))) {
        assertBelongsToAnother(AsyncStreams.startServer(Echo.LINES, channel), channel);

        assertEchoes(connect(server));
        assertEchoes(connect(server));
      }
    }

    @Test
    void and_is_asynchronous_is_refused_and_the_server_goes_on() throws Exception {
      AsynchronousServerSocketChannel channel = listen();
      try (Server server = Deadline.get(AsyncStreams.startServer(Echo.LINES, channel))) {
        assertBelongsToAnother(AsyncStreams.startServer(Echo.LINES, channel), channel);

        assertEchoes(connect(server));
      }
    }

    @Test
    void on_which_its_owner_still_accepts_is_reported_and_served_after_that() throws Exception {
      RecordingErrorListener reports = new RecordingErrorListener();
      AsynchronousServerSocketChannel channel = listen();
      Future<AsynchronousSocketChannel> own = channel.accept();
      ServerOptions reporting = ServerOptions.DEFAULTS.withErrorListener(reports);
      try (Server server = Deadline.get(AsyncStreams.startServer(Echo.LINES, channel, reporting));
          BlockingPeer first = BlockingPeer.connect(server.sockets().get(0).localAddress());
          AsynchronousSocketChannel accepted = Deadline.get(own)) {
        assertEquals(first.localAddress(), accepted.getRemoteAddress());
        Deadline.await("a report", () -> !reports.all().isEmpty());
        assertEquals(ErrorStage.ACCEPT, reports.all().get(0).stage());
        assertInstanceOf(AcceptPendingException.class, reports.all().get(0).error());

        assertEchoes(connect(server));
      }
    }

    @Test
    void is_served_when_the_call_returns() throws Exception {
      for (CompletableFuture<Server> started :
          List.of(
              AsyncStreams.startServer(Echo.LINES, listen(Family.UNIX)),
              AsyncStreams.startServer(Echo.LINES, listen()))) {
        assertTrue(started.isDone());
        try (Server server = started.join()) {
          assertEchoes(connect(server));
        }
      }
    }

    @Test
    void which_its_owner_has_closed_is_reported_outside_of_the_call_that_accepts()
        throws Exception {
      CompletableFuture<Thread> reportedOn = new CompletableFuture<>();
      ErrorListener listener = (stage, peer, error) -> reportedOn.complete(Thread.currentThread());
      AsynchronousServerSocketChannel channel = listen();
      ServerOptions options =
          ServerOptions.DEFAULTS.withErrorListener(listener).withStartServing(false);
      try (Server server = Deadline.get(AsyncStreams.startServer(Echo.LINES, channel, options))) {
        channel.close();
        server.startServing();

        assertNotEquals(Thread.currentThread(), Deadline.get(reportedOn));
      }
    }
  }

  @Nested
  class AHandshake {

    private static final TlsOptions TLS =
        TlsOptions.of(CertificateAuthority.create("CA").clientContext())
            .withServerHostname("localhost");

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void that_fails_closes_the_channel_that_was_handed_over(boolean asynchronous) throws Exception {
      try (BlockingPeer.Listener listener = new BlockingPeer.Listener()) {
        NetworkChannel channel = asynchronous ? asynchronous(listener) : blocking(listener);
        CompletableFuture<StreamConnection> opening =
            open(channel, ConnectOptions.DEFAULTS.withTls(TLS));
        try (BlockingPeer peer = listener.accept()) {
          peer.send("SSH-2.0-OpenSSH_9.2\r\n");

          TlsException failed = Deadline.failure(TlsException.class, opening);
          assertEquals(TlsFailure.NOT_TLS, failed.failure());
          Deadline.await("the channel is closed", () -> !channel.isOpen());
          assertTrue(peer.receiveAll().length > 0, "a hello, an alert, and the end");
        }
      }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void that_takes_longer_than_the_connect_timeout_closes_it_too(boolean asynchronous)
        throws Exception {
      try (BlockingPeer.Listener listener = new BlockingPeer.Listener()) {
        NetworkChannel channel = asynchronous ? asynchronous(listener) : blocking(listener);
        ConnectOptions shortly =
            ConnectOptions.DEFAULTS.withTls(TLS).withConnectTimeout(Duration.ofMillis(100));
        CompletableFuture<StreamConnection> opening = open(channel, shortly);
        try (BlockingPeer silent = listener.accept()) {
          Deadline.failure(SocketTimeoutException.class, opening);

          Deadline.await("the channel is closed", () -> !channel.isOpen());
          assertTrue(silent.receiveAll().length > 0, "a hello and the end");
        }
      }
    }

    private static SocketChannel blocking(BlockingPeer.Listener listener) throws IOException {
      return SocketChannel.open(listener.address());
    }

    private static AsynchronousSocketChannel asynchronous(BlockingPeer.Listener listener)
        throws IOException {
      AsynchronousSocketChannel channel = AsynchronousSocketChannel.open();
      Deadline.get(channel.connect(listener.address()));
      return channel;
    }

    private static CompletableFuture<StreamConnection> open(
        NetworkChannel channel, ConnectOptions options) {
      return channel instanceof SocketChannel blocking
          ? AsyncStreams.openConnection(blocking, options)
          : AsyncStreams.openConnection((AsynchronousSocketChannel) channel, options);
    }
  }

  @Nested
  class ASocketThatWasInherited {

    /** A stand-in for the supervisor: it makes the socket the standard input of a JVM. */
    private Program inherit(String what, Path path) throws IOException {
      List<Object> arguments = new ArrayList<>(List.of(what, path));
      arguments.addAll(Program.javaCommand(InheritedServer.class));
      return closed(Program.python("inherit.py", arguments.toArray()));
    }

    @Test
    void and_listens_on_tcp_is_served() throws Exception {
      Program program = inherit("tcp", directory.resolve("unused"));
      int port = program.port();
      assertEquals("serving", program.line());

      assertEchoes(AsyncStreams.openConnection("127.0.0.1", port));
    }

    @Test
    void and_listens_on_a_path_is_served() throws Exception {
      Path path = directory.resolve("s");
      Program program = inherit("unix", path);
      assertEquals("serving", program.line());

      assertEchoes(AsyncStreams.openUnixConnection(path));
    }

    @Test
    void and_is_connected_is_a_connection() throws Exception {
      Program program = inherit("connected", directory.resolve("unused"));

      assertEquals("connected", program.line());
      assertEquals("answer 'hello\\n'", program.line());
      program.assertEndsWell();
    }
  }

  @Test
  void futures_of_an_adopted_channel_complete_on_the_executor_of_its_options() throws Exception {
    var executor =
        Executors.newSingleThreadExecutor(task -> new Thread(task, "executor of the test"));
    ServerSocketChannel listening = listen(Family.UNIX);
    SocketChannel channel = SocketChannel.open(listening.getLocalAddress());
    try (SocketChannel peer = listening.accept();
        StreamConnection connection =
            Deadline.get(
                AsyncStreams.openConnection(
                    channel, ConnectOptions.DEFAULTS.withCallbackExecutor(executor)))) {
      CompletableFuture<String> thread =
          connection.reader().readLine().thenApply(line -> Thread.currentThread().getName());
      peer.write(ByteBuffer.wrap(bytes("line\n")));

      assertEquals("executor of the test", Deadline.get(thread));
    } finally {
      executor.shutdown();
    }
  }
}
