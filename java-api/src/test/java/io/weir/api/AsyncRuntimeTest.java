package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AddressResolver;
import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.CloseReason;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.InternalAccess;
import io.weir.RuntimeOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.ShutdownReport;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.testing.BlockingSockets;
import io.weir.testing.ChannelProviders;
import io.weir.testing.Deadline;
import io.weir.testing.Echo;
import io.weir.testing.Loopback;
import io.weir.testing.Multiplicity;
import io.weir.testing.OpenFiles;
import io.weir.testing.SilentListener;
import io.weir.testing.Threads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runtimes that a program makes: what runs on them, and that nothing is left when they close. */
@Tag(Multiplicity.TAG)
class AsyncRuntimeTest {

  private static AsyncRuntime runtime(String names) {
    return runtime(names, ChannelProviders.SELECTOR_LOOPS);
  }

  private static AsyncRuntime runtime(String names, ChannelProviders channels) {
    return AsyncRuntime.create(
        channels.in(RuntimeOptions.DEFAULTS.withThreadNames(names).withIoThreads(2)));
  }

  private static Server serve(AsyncRuntime runtime) {
    return Loopback.serve(Echo.LINES, ServerOptions.DEFAULTS.withRuntime(runtime));
  }

  private static StreamConnection connect(AsyncRuntime runtime, Server server) {
    return Loopback.connect(Loopback.port(server), ConnectOptions.DEFAULTS.withRuntime(runtime));
  }

  private static void assertEchoes(StreamConnection connection) {
    connection.writer().write(bytes("hello\n"));
    assertEquals("hello\n", text(connection.reader().readLine()));
  }

  @Test
  void connections_and_servers_run_on_threads_of_its_name() {
    try (AsyncRuntime runtime = runtime("mine")) {
      assertEquals(Set.of(), Threads.named("mine-"));
      CompletableFuture<String> handled = new CompletableFuture<>();
      Server server =
          Loopback.serve(
              ConnectionHandler.of(
                  (reader, writer) -> {
                    handled.complete(Thread.currentThread().getName());
                    writer.close();
                  }),
              ServerOptions.DEFAULTS.withRuntime(runtime));
      StreamConnection connection = connect(runtime, server);
      CompletableFuture<String> read =
          connection.reader().read().thenApply(end -> Thread.currentThread().getName());

      assertTrue(Deadline.get(handled).startsWith("mine-io-"), handled::toString);
      Deadline.get(read);
      assertTrue(Threads.named("mine-").contains("mine-io-1"), Threads.named("mine-")::toString);
      assertFalse(Threads.named("mine-").contains("mine-io-3"), Threads.named("mine-")::toString);
      connection.close();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SELECTOR_LOOPS", "JDK"})
  void closing_it_closes_what_runs_on_it_and_leaves_no_thread_and_no_socket(
      ChannelProviders channels, @TempDir Path directory) {
    Set<String> before = OpenFiles.sockets();
    AsyncRuntime runtime = runtime("left", channels);
    ServerOptions serving = ServerOptions.DEFAULTS.withRuntime(runtime);
    ConnectOptions connecting = ConnectOptions.DEFAULTS.withRuntime(runtime);
    Server tcp = serve(runtime);
    Path path = directory.resolve("s");
    Server unix = Deadline.get(AsyncStreams.startUnixServer(Echo.LINES, path, serving));
    StreamConnection overTcp = connect(runtime, tcp);
    StreamConnection overUnix = Deadline.get(AsyncStreams.openUnixConnection(path, connecting));
    assertEchoes(overTcp);
    assertEchoes(overUnix);
    Server elsewhere = Loopback.serve(Echo.LINES); // whose end of a connection stays open
    CompletableFuture<byte[]> waiting = connect(runtime, elsewhere).reader().readLine();
    CompletableFuture<Void> forever = tcp.serveForever();
    assertFalse(Threads.named("left-").isEmpty());
    runtime.close();

    Threads.awaitNone("left-");
    ConnectionLostException lost = Deadline.failure(ConnectionLostException.class, waiting);
    assertEquals("Connection lost: its runtime has been closed", lost.getMessage());
    assertTrue(forever.isCancelled());
    assertTrue(tcp.waitClosed().isDone());
    assertTrue(unix.waitClosed().isDone());
    assertEquals(CloseReason.Kind.ABORTED, overUnix.closeReason().kind());
    assertFalse(path.toFile().exists());
    Loopback.end(elsewhere);
    OpenFiles.awaitNoMoreThan(before);
    runtime.close();
  }

  @Test
  void what_is_being_opened_fails_when_it_is_closed() {
    AsyncRuntime runtime = runtime("opening");
    ConnectOptions options = ConnectOptions.DEFAULTS.withRuntime(runtime);
    CompletableFuture<StreamConnection> resolving =
        AsyncStreams.openConnection(
            "nobody.invalid", 7, options.withResolver(host -> new CompletableFuture<>()));
    try (SilentListener silent = new SilentListener("127.0.0.1")) {
      CompletableFuture<StreamConnection> dialling =
          AsyncStreams.openConnection("127.0.0.1", silent.port(), options);
      runtime.close();

      for (CompletableFuture<StreamConnection> opening : List.of(resolving, dialling)) {
        IllegalStateException closed = Deadline.failure(IllegalStateException.class, opening);
        assertTrue(closed.getMessage().contains("AsyncRuntime[opening"), closed::getMessage);
      }
    }
  }

  @Test
  void nothing_begins_on_a_closed_one(@TempDir Path directory) {
    AsyncRuntime runtime = runtime("shut");
    runtime.close();
    ConnectOptions connecting = ConnectOptions.DEFAULTS.withRuntime(runtime);
    ServerOptions serving = ServerOptions.DEFAULTS.withRuntime(runtime);
    ConnectionHandler none = Echo.LINES;
    Path path = directory.resolve("s");

    for (CompletableFuture<?> refused :
        List.of(
            AsyncStreams.openConnection("127.0.0.1", 1, connecting),
            AsyncStreams.openUnixConnection(path, connecting),
            AsyncStreams.startServer(none, "127.0.0.1", 0, serving),
            AsyncStreams.startUnixServer(none, path, serving))) {
      IllegalStateException closed = Deadline.failure(IllegalStateException.class, refused);
      assertTrue(closed.getMessage().contains("AsyncRuntime.create"), closed::getMessage);
    }
    assertEquals(Set.of(), Threads.named("shut-"));
  }

  @Test
  void two_do_not_disturb_each_other() {
    try (AsyncRuntime stays = runtime("stays")) {
      AsyncRuntime goes = runtime("goes");
      Server server = serve(stays);
      Server other = serve(goes);
      StreamConnection here = connect(stays, server);
      StreamConnection shared = Loopback.connect(server);
      StreamConnection there = connect(goes, server);
      assertEchoes(there);
      goes.close();

      assertEchoes(here);
      assertEchoes(shared);
      assertTrue(other.waitClosed().isDone());
      assertTrue(there.writer().isClosing());
      Threads.awaitNone("goes-");
      shared.close();
    }
  }

  @Test
  void it_can_be_closed_on_one_of_its_own_threads() {
    AsyncRuntime runtime = runtime("own");
    Server server = serve(runtime);
    StreamConnection connection = connect(runtime, server);
    CompletableFuture<Void> closed = connection.reader().readLine().thenRun(runtime::close);
    connection.writer().write(bytes("close\n"));

    Deadline.get(closed);
    Threads.awaitNone("own-");
  }

  @Test
  void it_can_be_closed_on_a_callback_thread() {
    AsyncRuntime runtime = runtime("own");
    Server server = serve(runtime);
    CompletableFuture<Void> closed = server.waitClosed().thenRun(runtime::close);
    server.close();

    Deadline.get(closed);
    Threads.awaitNone("own-");
  }

  @Test
  void it_can_be_closed_by_a_handler_on_an_executor() {
    AsyncRuntime runtime = runtime("own");
    CompletableFuture<Void> closed = new CompletableFuture<>();
    ExecutorService handlers = Executors.newSingleThreadExecutor();
    try {
      Server server =
          Loopback.serve(
              ConnectionHandler.of(
                  (reader, writer) -> {
                    Deadline.get(reader.readLine());
                    runtime.close();
                    closed.complete(null);
                  }),
              ServerOptions.DEFAULTS.withRuntime(runtime).withHandlerExecutor(handlers));
      StreamConnection client = connect(runtime, server);
      client.writer().write(bytes("close\n"));

      Deadline.get(closed);
      Threads.awaitNone("own-");
      assertTrue(client.writer().isClosing());
    } finally {
      handlers.shutdown();
    }
  }

  @Test
  void it_can_be_closed_on_a_thread_of_tls() throws Exception {
    AsyncRuntime runtime = runtime("own");
    CompletableFuture<Long> closed = new CompletableFuture<>();
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    SSLContext closing = SSLContext.getInstance("TLS");
    TrustManager manager =
        new ClosingTrustManager(
            () -> {
              long start = System.nanoTime();
              runtime.close();
              closed.complete(System.nanoTime() - start);
            });
    closing.init(null, new TrustManager[] {manager}, null);
    ServerOptions serving =
        ServerOptions.DEFAULTS
            .withErrorListener((stage, peer, error) -> {})
            .withTls(TlsOptions.of(authority.issue().serverContext()));
    try (Server server = Loopback.serve(Echo.LINES, serving)) {
      CompletableFuture<StreamConnection> opened =
          AsyncStreams.openConnection(
              "localhost",
              Loopback.port(server),
              ConnectOptions.DEFAULTS.withRuntime(runtime).withTls(TlsOptions.of(closing)));

      assertTrue(Deadline.get(closed) < Duration.ofSeconds(5).toNanos());
      Deadline.get(opened.handle((connection, failure) -> failure != null));
      Threads.awaitNone("own-");
    }
  }

  /** Does something else when it is asked. */
  private static final class ClosingTrustManager extends X509ExtendedTrustManager {

    private final Runnable action;

    ClosingTrustManager(Runnable action) {
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
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @Test
  void closing_it_while_another_thread_closes_it_waits_for_the_threads_too() throws Exception {
    AsyncRuntime runtime = runtime("twice");
    Server server = serve(runtime);
    StreamConnection connection = connect(runtime, server);
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    connection
        .reader()
        .readLine()
        .thenRun(
            () -> {
              blocked.countDown();
              Deadline.await("both close", () -> goOn.getCount() == 0);
            });
    connection.writer().write(bytes("hello\n"));
    Deadline.await("it blocks", () -> blocked.getCount() == 0);
    Thread first = new Thread(runtime::close);
    Thread second = new Thread(runtime::close);
    for (Thread closing : List.of(first, second)) {
      closing.start();
      Deadline.await("it waits", () -> closing.getState() == Thread.State.TIMED_WAITING);
    }
    goOn.countDown();
    first.join();
    second.join();

    Threads.awaitNone("twice-");
  }

  @Test
  void the_shared_one_cannot_be_closed() {
    assertSame(AsyncRuntime.shared(), ConnectOptions.DEFAULTS.runtime());
    assertThrows(UnsupportedOperationException.class, AsyncRuntime.shared()::close);
    try (Server server = Loopback.serve(Echo.LINES);
        StreamConnection connection = Loopback.connect(server)) {
      assertEchoes(connection);
    }
  }

  @Test
  void its_executor_completes_futures_unless_a_connection_has_its_own() {
    ExecutorService ofRuntime = Executors.newSingleThreadExecutor(task -> new Thread(task, "rt"));
    ExecutorService own = Executors.newSingleThreadExecutor(task -> new Thread(task, "own"));
    RuntimeOptions options = RuntimeOptions.DEFAULTS.withCallbackExecutor(ofRuntime);
    try (AsyncRuntime runtime = AsyncRuntime.create(options);
        Server server = serve(runtime)) {
      assertEquals("rt", threadThatCompletes(server, runtime, ConnectOptions.DEFAULTS));
      assertEquals(
          "own",
          threadThatCompletes(server, runtime, ConnectOptions.DEFAULTS.withCallbackExecutor(own)));
    } finally {
      ofRuntime.shutdown();
      own.shutdown();
    }
  }

  private static String threadThatCompletes(
      Server server, AsyncRuntime runtime, ConnectOptions options) {
    try (StreamConnection connection =
        Loopback.connect(Loopback.port(server), options.withRuntime(runtime))) {
      CompletableFuture<String> name =
          connection.reader().readLine().thenApply(line -> Thread.currentThread().getName());
      connection.writer().write(bytes("hello\n"));
      return Deadline.get(name);
    }
  }

  @Test
  void its_resolver_finds_names_for_connections_and_servers() {
    AddressResolver local =
        host -> CompletableFuture.completedFuture(List.of(InetAddress.getLoopbackAddress()));
    RuntimeOptions options = RuntimeOptions.DEFAULTS.withResolver(local);
    try (AsyncRuntime runtime = AsyncRuntime.create(options)) {
      Server server =
          Deadline.get(
              AsyncStreams.startServer(
                  Echo.LINES, "here.invalid", 0, ServerOptions.DEFAULTS.withRuntime(runtime)));
      assertEchoes(
          Deadline.get(
              AsyncStreams.openConnection(
                  "there.invalid",
                  Loopback.port(server),
                  ConnectOptions.DEFAULTS.withRuntime(runtime))));
    }
  }

  @Test
  void timeouts_run_on_its_clock() {
    try (AsyncRuntime runtime = runtime("clock");
        Server server =
            Loopback.serve(
                Echo.LINES,
                ServerOptions.DEFAULTS
                    .withRuntime(runtime)
                    .withErrorListener((stage, peer, error) -> {})
                    .withReadTimeout(Duration.ofMillis(20)));
        StreamConnection silent = connect(runtime, server)) {
      assertEquals("", text(silent.reader().read()));
    }
    Threads.awaitNone("clock-");
  }

  @Test
  void a_callback_that_blocks_holds_up_no_other_connection_on_channels_of_the_jdk() {
    try (AsyncRuntime runtime = runtime("blocked", ChannelProviders.JDK)) {
      CountDownLatch blocked = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      Server server = serve(runtime);
      StreamConnection blocking = connect(runtime, server);
      blocking
          .reader()
          .readLine()
          .thenRun(
              () -> {
                blocked.countDown();
                Deadline.await("the other is served", () -> goOn.getCount() == 0);
              });
      blocking.writer().write(bytes("hello\n"));
      Deadline.await("it blocks", () -> blocked.getCount() == 0);
      for (int i = 0; i < 4; i++) {
        assertEchoes(connect(runtime, server));
      }
      goOn.countDown();
      assertEquals(0, goOn.getCount());
    }
  }

  @Test
  void options_are_checked_and_told() {
    assertThrows(IllegalArgumentException.class, () -> RuntimeOptions.DEFAULTS.withIoThreads(0));
    assertThrows(IllegalArgumentException.class, () -> RuntimeOptions.DEFAULTS.withThreadNames(""));
    Executor here = Runnable::run;
    RuntimeOptions options =
        RuntimeOptions.DEFAULTS
            .withIoThreads(3)
            .withThreadNames("told")
            .withCallbackExecutor(here)
            .withChannelProvider(ChannelProviders.JDK.provider());
    assertEquals(3, options.ioThreads());
    assertEquals("told", options.threadNames());
    assertSame(here, options.callbackExecutor());
    assertSame(ChannelProviders.JDK.provider(), options.channelProvider());
    assertTrue(options.toString().contains("threadNames=told"), options::toString);
    assertTrue(options.toString().contains("channelProvider=sun.nio.ch."), options::toString);
  }

  @Test
  void a_server_is_over_though_clients_come_while_its_runtime_closes() throws Exception {
    for (int round = 0; round < Multiplicity.rounds(100); round++) {
      AsyncRuntime runtime = runtime("found");
      Server server = Loopback.serve(Echo.LINES, ServerOptions.DEFAULTS.withRuntime(runtime));
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), Loopback.port(server));
      List<Socket> clients = new ArrayList<>();
      CompletableFuture<Void> first = new CompletableFuture<>();
      Thread crowd =
          new Thread(
              () -> {
                try {
                  while (true) {
                    Socket client = new Socket();
                    clients.add(client);
                    // When the backlog is full, the kernel would try again after a second.
                    client.connect(address, 100);
                    first.complete(null);
                  }
                } catch (IOException closed) {
                  first.complete(null);
                }
              });
      crowd.start();
      Deadline.get(first);
      runtime.close();
      crowd.join();
      Deadline.get(server.waitClosed());
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  @Test
  void what_begins_while_the_runtime_closes_is_ended() throws Exception {
    for (int round = 0; round < Multiplicity.rounds(100); round++) {
      AsyncRuntime runtime = runtime("found");
      for (int i = 0; i < 2000; i++) {
        InternalAccess.io(runtime).register(new Object(), () -> {});
      }
      List<AtomicBoolean> all = new ArrayList<>();
      AtomicBoolean enough = new AtomicBoolean();
      CompletableFuture<Void> first = new CompletableFuture<>();
      Thread beginner =
          new Thread(
              () -> {
                while (!enough.get()) {
                  AtomicBoolean ended = new AtomicBoolean();
                  all.add(ended);
                  InternalAccess.io(runtime).register(new Object(), () -> ended.set(true));
                  first.complete(null);
                }
              });
      beginner.start();
      Deadline.get(first);
      runtime.close();
      enough.set(true);
      beginner.join();
      assertTrue(all.stream().allMatch(AtomicBoolean::get), "round " + round);
    }
  }

  @Test
  void shutdown_ends_in_its_time_though_the_runtime_is_closed() {
    AsyncRuntime runtime = runtime("found");
    CompletableFuture<Void> called = new CompletableFuture<>();
    Server server = thatHandlesForEver(runtime, called);
    Loopback.connect(Loopback.port(server), ConnectOptions.DEFAULTS);
    Deadline.get(called);
    CompletableFuture<ShutdownReport> report = server.shutdown(Duration.ofMillis(100));
    runtime.close();
    Deadline.get(report);
  }

  @Test
  void shutdown_that_waits_for_a_handler_alone_ends_though_the_runtime_is_closed()
      throws IOException {
    AsyncRuntime runtime = runtime("found");
    CompletableFuture<Void> called = new CompletableFuture<>();
    Server server = thatHandlesForEver(runtime, called);
    Socket client = BlockingSockets.connect(Loopback.port(server));
    Deadline.get(called);
    CompletableFuture<ShutdownReport> report = server.shutdown(Duration.ofMinutes(1));
    BlockingSockets.reset(client);
    Deadline.get(server.waitClosed());
    assertFalse(report.isDone());
    runtime.close();

    assertEquals(new ShutdownReport(1, 0, 0, 0), Deadline.get(report));
  }

  private static Server thatHandlesForEver(AsyncRuntime runtime, CompletableFuture<Void> called) {
    return Loopback.serve(
        (reader, writer) -> {
          called.complete(null);
          return new CompletableFuture<Void>();
        },
        ServerOptions.DEFAULTS.withRuntime(runtime));
  }

  @Test
  void a_start_that_the_end_of_its_runtime_meets_leaves_no_file(@TempDir Path folder)
      throws Exception {
    int rounds = Multiplicity.rounds(200);
    long step = TimeUnit.MILLISECONDS.toNanos(2) / rounds;
    for (int round = 0; round < rounds; round++) {
      Path path = folder.resolve("s" + round);
      AsyncRuntime runtime = runtime("found");
      CompletableFuture<Server> started =
          AsyncStreams.startUnixServer(
              Echo.LINES, path, ServerOptions.DEFAULTS.withRuntime(runtime));
      LockSupport.parkNanos(round * step); // another moment each time
      runtime.close();
      Deadline.get(started.handle((server, failure) -> failure == null));
      assertFalse(Files.exists(path), "round " + round);
    }
  }

  @Test
  void a_start_on_a_closed_runtime_fails_by_its_future() throws Exception {
    AsyncRuntime runtime = runtime("found");
    runtime.close();
    List<Runnable> later = new ArrayList<>();
    AsynchronousServerSocketChannel channel =
        AsynchronousServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    CompletableFuture<Server> started =
        AsyncStreams.startServer(
            Echo.LINES,
            channel,
            ServerOptions.DEFAULTS.withRuntime(runtime).withCallbackExecutor(later::add));
    later.forEach(Runnable::run);
    assertTrue(started.isCompletedExceptionally());
  }
}
