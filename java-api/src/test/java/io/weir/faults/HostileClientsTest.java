package io.weir.faults;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.CloseReason;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.ErrorStage;
import io.weir.RuntimeOptions;
import io.weir.ServerOptions;
import io.weir.ShutdownReport;
import io.weir.StreamConnection;
import io.weir.testing.BlockingSockets;
import io.weir.testing.CallbackCheck;
import io.weir.testing.Deadline;
import io.weir.testing.Echo;
import io.weir.testing.ErrorReport;
import io.weir.testing.Loopback;
import io.weir.testing.OpenFiles;
import io.weir.testing.Tasks;
import io.weir.testing.TestServer;
import io.weir.testing.Threads;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Clients that mean no good, all at once, against a server with timeouts: each is ended, and who
 * behaves does not notice.
 */
class HostileClientsTest {

  private static final String NAMES = "hostile";
  private static final String FLOOD = "flood me\n";
  private static final byte[] A_LOT = new byte[1 << 20];
  private static final int SEND_BUFFER = 1 << 16; // so that the system does not take it all
  private static final int GOOD = 4;

  private final CloseReasonCounter ends = new CloseReasonCounter();
  private final AtomicLong messages = new AtomicLong();
  private final AtomicBoolean enough = new AtomicBoolean();

  private final List<Socket> silent = new ArrayList<>();
  private final List<Socket> slow = new ArrayList<>();
  private final List<Socket> deaf = new ArrayList<>();

  private final List<StreamConnection> good = new ArrayList<>();
  private final List<Future<Boolean>> talks = new ArrayList<>();

  /**
   * How many hostile clients there are, and when.
   *
   * @param ofEach the number of each kind but the slow ones
   * @param slow the number of those that send a byte now and then
   * @param pause between two of their bytes
   * @param timeout what the server allows
   * @param undisturbed how many messages the good ones exchange before and afterwards
   */
  private record Attack(int ofEach, int slow, Duration pause, Duration timeout, int undisturbed) {

    int timedOut() {
      return 2 * ofEach + slow;
    }
  }

  @Test
  void F57_fifty_of_each_kind_are_ended_and_the_others_served() throws Exception {
    assertIsOutlived(
        new Attack(
            50, 50, Duration.ofMillis(100), Duration.ofSeconds(2), /* undisturbed= */ 3_000));
  }

  @Test
  @Tag("soak")
  void F57_five_thousand_that_send_a_byte_a_second_are_ended_and_the_others_served()
      throws Exception {
    assertIsOutlived(
        new Attack(
            100, 5_000, Duration.ofSeconds(1), Duration.ofSeconds(6), /* undisturbed= */ 30_000));
  }

  private void assertIsOutlived(Attack attack) throws Exception {
    try (TestServer once = TestServer.by(Echo.LINES)) { // what is opened once is open
      Echo.assertFrom(once.address().getPort());
    }
    Set<String> socketsBefore = OpenFiles.sockets();
    try (AsyncRuntime runtime =
        AsyncRuntime.create(RuntimeOptions.DEFAULTS.withThreadNames(NAMES))) {
      TestServer served =
          TestServer.by(ends.counted(floodOrEcho()), serving(runtime, attack.timeout()));
      startTalks(served, ConnectOptions.DEFAULTS.withRuntime(runtime));
      outlive(attack, served.address().getPort());
      assertOnlyTheGoodAreLeft(served);
      assertAreTold(served, attack.timedOut() + attack.ofEach());
    }
    Threads.awaitNone(NAMES);
    OpenFiles.awaitNoMoreThan(socketsBefore);
  }

  private void outlive(Attack attack, int port) throws Exception {
    awaitMessages(attack.undisturbed()); // until the code is warm
    double without = rate(() -> awaitMessages(attack.undisturbed()));
    double with = rate(() -> assertAllAreEnded(attack, port));
    double afterwards = rate(() -> awaitMessages(attack.undisturbed()));
    System.out.printf(
        "hostile: %d slow, %d of each other kind: messages a second of %d good ones: %.0f without,"
            + " %.0f with, %.0f afterwards%n",
        attack.slow(), attack.ofEach(), GOOD, without, with, afterwards);
    Echo.assertFrom(port);
    Deadline.await("the last has left", () -> ends.of(CloseReason.Kind.CLOSED_BY_PEER) == 1);
  }

  private void assertAllAreEnded(Attack attack, int port) throws IOException {
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    try {
      clock.scheduleAtFixedRate(
          this::sendAByteEach, 0, attack.pause().toMillis(), TimeUnit.MILLISECONDS);
      begin(attack, port);
      Deadline.await(
          "all are ended",
          () ->
              ends.of(CloseReason.Kind.TIMED_OUT) == attack.timedOut()
                  && ends.of(CloseReason.Kind.RESET) == attack.ofEach());
    } finally {
      clock.shutdownNow();
    }
    assertAllSeeTheEnd();
  }

  private static ServerOptions serving(AsyncRuntime runtime, Duration timeout) {
    return ServerOptions.DEFAULTS
        .withRuntime(runtime)
        .withSocketOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER)
        .withIdleTimeout(timeout)
        .withReadTimeout(timeout);
  }

  private static ConnectionHandler floodOrEcho() {
    return (reader, writer) ->
        reader
            .forEachLine(
                line -> {
                  CallbackCheck.assertOutsideCalls();
                  writer.write(text(line).equals(FLOOD) ? A_LOT : line);
                  return writer.drain();
                })
            .thenRun(writer::close);
  }

  // ---- the good ----

  private void startTalks(TestServer served, ConnectOptions connecting) {
    for (int i = 0; i < GOOD; i++) {
      StreamConnection connection = Loopback.connect(served.address().getPort(), connecting);
      good.add(connection);
      talks.add(Tasks.start(() -> talk(connection)));
    }
  }

  /** Exchanges messages without a pause. */
  private boolean talk(StreamConnection connection) {
    while (!enough.get()) {
      String message = messages.get() + "\n";
      connection.writer().write(bytes(message));
      assertEquals(message, text(connection.reader().readLine()));
      messages.incrementAndGet();
    }
    return true;
  }

  private void awaitMessages(int more) {
    long enoughOfThem = messages.get() + more;
    Deadline.await("messages are exchanged", () -> messages.get() >= enoughOfThem);
  }

  @FunctionalInterface
  private interface Phase {
    void run() throws IOException;
  }

  /** How many messages were exchanged a second meanwhile. */
  private double rate(Phase phase) throws IOException {
    long before = messages.get();
    long start = System.nanoTime();
    phase.run();
    double seconds = (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
    return (messages.get() - before) / seconds;
  }

  // ---- the others ----

  private void begin(Attack attack, int port) throws IOException {
    for (int i = 0; i < attack.ofEach(); i++) {
      BlockingSockets.reset(BlockingSockets.connect(port));
      silent.add(BlockingSockets.connect(port));
      Socket taker = BlockingSockets.connect(port);
      taker.getOutputStream().write(bytes(FLOOD));
      deaf.add(taker);
    }
    for (int i = 0; i < attack.slow(); i++) {
      addSlow(BlockingSockets.connect(port));
    }
  }

  private void addSlow(Socket socket) {
    synchronized (slow) {
      slow.add(socket);
    }
  }

  private void sendAByteEach() {
    List<Socket> all;
    synchronized (slow) {
      all = List.copyOf(slow);
    }
    all.forEach(HostileClientsTest::sendAByte);
  }

  /** To a server that may have ended the connection. */
  private static void sendAByte(Socket socket) {
    try {
      socket.getOutputStream().write('x');
    } catch (IOException ended) { // as it has to be, some time
      assertTrue(ended.getMessage().matches("Broken pipe|Connection reset.*"), ended::toString);
    }
  }

  private void assertAllSeeTheEnd() throws IOException {
    for (Socket socket : silent) {
      assertEquals(0, BlockingSockets.countToEnd(socket));
    }
    for (Socket socket : slow) {
      assertEquals(0, BlockingSockets.countToEnd(socket));
    }
    for (Socket socket : deaf) {
      assertTrue(BlockingSockets.countToEnd(socket) < A_LOT.length);
    }
  }

  // ---- the end ----

  private void assertOnlyTheGoodAreLeft(TestServer served) {
    enough.set(true);
    for (Future<Boolean> talk : talks) {
      assertTrue(Deadline.get(talk));
    }
    List<CompletableFuture<byte[]>> ended =
        good.stream().map(connection -> CallbackCheck.watch(connection.reader().read())).toList();
    CompletableFuture<ShutdownReport> report =
        CallbackCheck.watch(served.server().shutdown(Duration.ZERO, Deadline.TIME));
    for (int i = 0; i < GOOD; i++) {
      assertEquals("", text(ended.get(i)));
      good.get(i).close();
    }
    assertEquals(new ShutdownReport(0, GOOD, 0, 0), Deadline.get(report));
  }

  private void assertAreTold(TestServer served, int count) throws IOException {
    Map<SocketAddress, Throwable> told = new HashMap<>();
    for (ErrorReport report : served.reports()) {
      assertEquals(ErrorStage.HANDLER, report.stage(), report::toString);
      assertInstanceOf(ConnectionLostException.class, report.error());
      told.put(report.peer(), report.error());
    }
    assertEquals(count, served.reports().size());
    endAll(silent, "timeout", told);
    endAll(slow, "read timeout", told);
    endAll(deaf, "idle timeout", told);
  }

  private static void endAll(List<Socket> sockets, String why, Map<SocketAddress, Throwable> told)
      throws IOException {
    for (Socket socket : sockets) {
      Throwable error = told.get(socket.getLocalSocketAddress());
      assertTrue(String.valueOf(error).contains(why), () -> socket + ": " + error);
      socket.close();
    }
  }
}
