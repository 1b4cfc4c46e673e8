package io.weir.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.ErrorStage;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.programs.FewFilesServer;
import io.weir.testing.BlockingSockets;
import io.weir.testing.CapturedLog;
import io.weir.testing.ChildJvm;
import io.weir.testing.Deadline;
import io.weir.testing.Echo;
import io.weir.testing.GarbageCollection;
import io.weir.testing.Loopback;
import io.weir.testing.Multiplicity;
import io.weir.testing.OpenFiles;
import io.weir.testing.Program;
import io.weir.testing.RecordingErrorListener;
import io.weir.testing.SystemTexts;
import io.weir.testing.Tasks;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag(Multiplicity.TAG)
class AcceptFaultsTest {

  private static final int BURST = 1000;
  private static final int ROUNDS = Multiplicity.rounds(300);

  private final RecordingErrorListener reports = new RecordingErrorListener();
  private final ServerOptions reporting = ServerOptions.DEFAULTS.withErrorListener(reports);

  // ---- F11 ----

  @Test
  void F11_when_file_handles_run_out_it_pauses_and_accepts_again_afterwards() throws Exception {
    List<String> command =
        ChildJvm.withLimit("ulimit -n 60", ChildJvm.command(FewFilesServer.class, "-Xmx64m"));
    try (Program child = Program.program(command)) {
      int port = child.port();
      Echo.assertFrom(port);
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < 80; i++) {
        clients.add(BlockingSockets.connect(port));
      }
      long first = failedAccept(child, 1);
      Duration before = cpu(child);
      long second = failedAccept(child, 2);
      long third = failedAccept(child, 3);
      Duration used = cpu(child).minus(before);

      assertTrue(second - first >= TimeUnit.SECONDS.toNanos(1), "no pause");
      assertTrue(third - second >= TimeUnit.SECONDS.toNanos(1), "no pause");
      assertTrue(used.toMillis() < 500, "used the processor for " + used + " in two pauses");
      for (Socket client : clients) {
        client.close();
      }
      Echo.assertFrom(port);
    }
  }

  /** When it said that accepting has failed for the n-th time, by its clock. */
  private static long failedAccept(Program child, int n) throws Exception {
    String line = child.line();
    assertTrue(line.startsWith("error ACCEPT "), line);
    SystemTexts.assertContains("Too many open files", line);
    assertTrue(line.endsWith(", observed " + n), line);
    return Long.parseLong(line.split(" ", 4)[2]);
  }

  private static Duration cpu(Program child) {
    return child.handle().info().totalCpuDuration().orElseThrow();
  }

  // ---- F12 ----

  @Test
  void F12_peers_that_have_gone_before_they_are_accepted_are_passed_over() throws Exception {
    Server server = Loopback.serve(Echo.LINES, reporting.withStartServing(false));
    for (int i = 0; i < 50; i++) {
      BlockingSockets.reset(BlockingSockets.connect(Loopback.port(server)));
    }
    BlockingSockets.connect(Loopback.port(server)).close();
    try (Socket alive = BlockingSockets.connect(Loopback.port(server))) {
      server.startServing();
      Echo.assertFrom(alive);
    }
    Echo.assertFrom(Loopback.port(server));
    Loopback.endInOrder(server); // all those who went have been let go

    assertNoAcceptFailed();
  }

  // ---- F14 ----

  @Test
  void F14_a_burst_of_connects_that_the_backlog_holds_is_served() throws Exception {
    Server server = Loopback.serve(Echo.LINES, reporting.withBacklog(BURST));
    List<Client> clients = burst(server);
    for (Client client : clients) {
      client.assertIsServed();
    }
    Loopback.endInOrder(server);
    assertEquals(List.of(), reports.all());
  }

  /**
   * What a full backlog does not take, Linux drops; those clients believe that they are connected,
   * and wait for minutes. (The same happens with asyncio and with a thread that does nothing but
   * accept.) Clients that want to be served hang up and come back.
   */
  @Test
  void F14_a_burst_of_connects_against_a_backlog_of_one_does_not_harm_the_server()
      throws Exception {
    Server server = Loopback.serve(Echo.LINES, reporting.withBacklog(1));
    List<Client> clients = burst(server);
    clients.get(0).assertIsServed();
    for (Client client : clients) {
      client.hangUpUnlessServed();
    }
    for (Client client : clients) {
      client.comeBackUnlessServed();
      client.assertIsServed();
    }
    Loopback.endInOrder(server);
    assertNoAcceptFailed();
  }

  private static List<Client> burst(Server server) {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < BURST; i++) {
      clients.add(new Client(Loopback.port(server), i));
    }
    return clients;
  }

  /** Connects, and asks for an echo of its number. */
  private static final class Client {

    private final int port;
    private final String line;
    private CompletableFuture<StreamConnection> connecting;
    private CompletableFuture<byte[]> answer;

    Client(int port, int number) {
      this.port = port;
      this.line = number + "\n";
      start();
    }

    private void start() {
      connecting = AsyncStreams.openConnection(Loopback.HOST, port);
      answer = connecting.thenCompose(this::ask);
    }

    private CompletableFuture<byte[]> ask(StreamConnection connection) {
      connection.writer().write(line.getBytes(US_ASCII));
      return connection.reader().readLine();
    }

    void assertIsServed() {
      assertEquals(line, new String(Deadline.get(answer), US_ASCII));
      Deadline.get(connecting).close();
    }

    void hangUpUnlessServed() {
      if (!answer.isDone()) {
        connecting.cancel(false);
        connecting.thenAccept(connection -> connection.writer().transport().abort());
      }
    }

    /** One that had been hung up on may meanwhile have the end for an answer. */
    void comeBackUnlessServed() {
      if (connecting.isCancelled() || Deadline.get(answer).length == 0) {
        start();
      }
    }
  }

  // ---- F15 ----

  @Test
  void F15_closing_in_the_instant_of_an_accept_leaks_nothing() throws Exception {
    Loopback.end(Loopback.serve(Echo.LINES)); // what is opened once is open
    Set<String> before = OpenFiles.sockets();
    for (int i = 0; i < ROUNDS; i++) {
      closeInTheInstantOfAnAccept(i);
    }
    OpenFiles.awaitNoMoreThan(before);
    assertNoAcceptFailed();
  }

  @Test
  void F15_a_connection_that_came_too_late_does_not_count_as_forgotten() throws Exception {
    try (CapturedLog log = new CapturedLog();
        ServerSocket peer = BlockingSockets.listen()) {
      for (int i = 0; i < ROUNDS; i++) {
        closeInTheInstantOfAnAccept(i);
      }
      String forgotten = forget(peer.getLocalPort());
      GarbageCollection.collectUntil(
          "the log tells of the one that was forgotten",
          () -> log.messages().stream().anyMatch(message -> message.contains(forgotten)));

      assertEquals(1, log.messages().size(), () -> forgotten + " " + log.messages());
    }
  }

  /** Connects and forgets the connection; returns this end's address. */
  private static String forget(int port) throws Exception {
    StreamConnection connection = Loopback.connect(port);
    return String.valueOf(connection.writer().getExtraInfo(ExtraInfo.SOCK_NAME));
  }

  private void closeInTheInstantOfAnAccept(int round) throws Exception {
    ConnectionHandler greeting =
        (reader, writer) -> {
          writer.write(new byte[1]);
          writer.close();
          return writer.waitClosed();
        };
    Server server = Loopback.serve(greeting, reporting);
    int port = Loopback.port(server);
    Future<Integer> client = Tasks.start(() -> bytesUntilEnd(port));
    for (int spin = round % 30 * 200; spin > 0; spin--) {
      Thread.onSpinWait();
    }
    Loopback.endInOrder(server);
    assertTrue(Deadline.get(client) <= 1);
  }

  /** How many bytes come before the end; one, or none if the server was not there any more. */
  private static int bytesUntilEnd(int port) throws IOException {
    try (Socket socket = BlockingSockets.connect(port)) {
      remindOfReset(socket);
      return BlockingSockets.countToEnd(socket);
    } catch (SocketException refused) {
      return 0;
    }
  }

  /**
   * Linux can forget to reset a connection that came while its listener was being closed, which a
   * few lines of C show as well; a byte that is sent makes it remember.
   */
  private static void remindOfReset(Socket socket) throws IOException {
    try {
      socket.getOutputStream().write(0);
    } catch (SocketException hasBeenReset) {
      // as it should be
    }
  }

  // ---- traps 41 and 43 ----

  @Test
  void T41_the_end_waits_for_the_last_connection_after_closing() throws Exception {
    Server server = Loopback.serve(Echo.LINES, reporting);
    CompletableFuture<?> over;
    try (Socket client = BlockingSockets.connect(Loopback.port(server))) {
      Echo.assertFrom(client);
      server.close();
      over = server.waitClosed();
      Echo.assertFrom(client);
      assertFalse(over.isDone());
    }
    Deadline.get(over);
    assertTrue(server.waitClosed().isDone());
  }

  @Test
  void T41_the_end_waits_for_closing_after_the_last_connection() throws Exception {
    Server server = Loopback.serve(Echo.LINES, reporting);
    CompletableFuture<?> over = server.waitClosed();
    Echo.assertFrom(Loopback.port(server));
    Echo.assertFrom(Loopback.port(server));
    assertFalse(over.isDone());
    server.close();

    Deadline.get(over);
    assertFalse(server.isServing());
  }

  @Test
  void T41_no_waiter_is_forgotten_when_closing_meets_the_last_end() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      Server server = Loopback.serve(Echo.LINES, reporting);
      CompletableFuture<?> over = server.waitClosed();
      Socket client = BlockingSockets.connect(Loopback.port(server));
      Echo.assertFrom(client);
      Future<Boolean> closing =
          Tasks.start(
              () -> {
                server.close();
                return true;
              });
      client.close();

      assertTrue(Deadline.get(closing));
      Deadline.get(over);
    }
  }

  @Test
  void T43_a_closed_server_has_no_sockets_but_a_name() throws Exception {
    Server server = Loopback.serve(Echo.LINES, reporting);
    String port = String.valueOf(Loopback.port(server));
    server.close();

    assertEquals(List.of(), server.sockets());
    assertTrue(server.toString().contains(port), server.toString());
  }

  @Test
  void T44_every_connection_of_a_closing_server_is_counted_or_closed() throws Exception {
    Set<Socket> clients = new HashSet<>();
    // With a full backlog the kernel drops the last step of a connect, and later tells the client
    // nothing: that would be a connection that no server has ever seen.
    Server server = Loopback.serve(Echo.LINES, reporting.withBacklog(4_096));
    int port = Loopback.port(server);
    Future<Boolean> connecting = Tasks.start(() -> connectUntilRefused(port, clients));
    Deadline.await("some have come", () -> counted(clients) > 20);
    server.close();
    assertTrue(Deadline.get(connecting));
    server.closeClients();

    Deadline.get(server.waitClosed());
    for (Socket client : clients) {
      remindOfReset(client);
      assertEquals(0, BlockingSockets.countToEnd(client));
      client.close();
    }
  }

  private static int counted(Set<Socket> clients) {
    synchronized (clients) {
      return clients.size();
    }
  }

  private static boolean connectUntilRefused(int port, Set<Socket> clients) {
    try {
      while (true) {
        Socket client = BlockingSockets.connect(port);
        synchronized (clients) {
          clients.add(client);
        }
      }
    } catch (IOException refused) {
      return true;
    }
  }

  private void assertNoAcceptFailed() {
    assertEquals(
        List.of(),
        reports.all().stream().filter(report -> report.stage() == ErrorStage.ACCEPT).toList());
  }
}
