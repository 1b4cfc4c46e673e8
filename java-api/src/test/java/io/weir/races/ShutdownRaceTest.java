package io.weir.races;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.IncompleteReadException;
import io.weir.ServerOptions;
import io.weir.ShutdownReport;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.testing.CallbackCheck;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.Multiplicity;
import io.weir.testing.TestRuntime;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Servers that are shut down at a random moment while clients send messages as fast as they can and
 * get them back. Each client must see whole messages only, and each connection counts once.
 */
@Tag("channels")
@Tag(Multiplicity.TAG)
class ShutdownRaceTest {

  private static final int CLIENTS = 6;
  private static final int LONGEST = 32 * 1024;
  private static final int LATEST_NANOS = 4_000_000;

  private final Random random = new Random(7);
  private final ExecutorService threads = Executors.newCachedThreadPool();

  private int finished;
  private int closed;
  private long messages;

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  @Test
  void F60_clients_see_whole_messages_only_when_the_server_is_shut_down_under_load()
      throws Exception {
    shutDownOften(Multiplicity.rounds(200), ServerOptions.DEFAULTS, ConnectOptions.DEFAULTS);
  }

  @Test
  void F60_the_same_over_tls() throws Exception {
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    TlsOptions serving = TlsOptions.of(authority.issue().serverContext());
    TlsOptions connecting = TlsOptions.of(authority.clientContext());
    shutDownOften(
        Multiplicity.rounds(50),
        ServerOptions.DEFAULTS.withTls(serving),
        ConnectOptions.DEFAULTS.withTls(connecting));
  }

  private void shutDownOften(int rounds, ServerOptions serving, ConnectOptions connecting)
      throws Exception {
    for (int round = 0; round < rounds; round++) {
      shutDownOnce(serving.withHandlerExecutor(threads), connecting);
    }
    System.out.printf(
        "race: shutdown under load: %d rounds, %d messages, %d finished, %d closed%n",
        rounds, messages, finished, closed);
    assertEquals(rounds * CLIENTS, finished + closed);
    assertTrue(messages >= (long) rounds * CLIENTS, () -> messages + " messages");
  }

  private void shutDownOnce(ServerOptions serving, ConnectOptions connecting) throws Exception {
    try (TestServer served = TestServer.by(ConnectionHandler.of(ShutdownRaceTest::echo), serving)) {
      List<Future<Integer>> received = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        received.add(startClient(served, connecting));
      }
      LockSupport.parkNanos(random.nextInt(LATEST_NANOS));
      ShutdownReport report =
          Deadline.get(
              CallbackCheck.watch(
                  served
                      .server()
                      .shutdown(Duration.ofNanos(random.nextInt(1_000)), Deadline.TIME)));
      for (Future<Integer> each : received) {
        messages += Deadline.get(each);
      }
      assertEquals(CLIENTS, report.finished() + report.closed(), report::toString);
      finished += report.finished();
      closed += report.closed();
    }
  }

  /** Echoes messages until the client ends, writing each in two pieces. */
  private static void echo(StreamReader reader, StreamWriter writer) {
    try {
      while (true) {
        byte[] head = CallbackCheck.watch(reader.readExactly(Integer.BYTES)).join();
        byte[] body =
            CallbackCheck.watch(reader.readExactly(ByteBuffer.wrap(head).getInt())).join();
        writer.write(head);
        writer.write(body);
        CallbackCheck.watch(writer.drain()).join();
      }
    } catch (CompletionException ended) {
      writer.close(); // in the middle of a message too, which then gets no answer
    }
  }

  /** Connects, and gets one message back; then sends and receives until the server ends it. */
  private Future<Integer> startClient(TestServer served, ConnectOptions options)
      throws IOException {
    int port = served.address().getPort();
    StreamConnection client =
        Deadline.get(
            CallbackCheck.watch(
                AsyncStreams.openConnection(Loopback.HOST, port, TestRuntime.in(options))));
    byte[] first = message();
    client.writer().write(first);
    assertEquals(first.length, Deadline.get(client.reader().readExactly(first.length)).length);
    threads.execute(() -> send(client.writer()));
    return threads.submit(() -> receive(client) + 1);
  }

  private byte[] message() {
    int length = random.nextInt(LONGEST);
    return ByteBuffer.allocate(Integer.BYTES + length).putInt(length).array();
  }

  private static void send(StreamWriter writer) {
    Random lengths = new Random();
    try {
      while (!writer.isClosing()) {
        int length = lengths.nextInt(LONGEST);
        writer.write(ByteBuffer.allocate(Integer.BYTES + length).putInt(length).array());
        CallbackCheck.watch(writer.drain()).join();
      }
    } catch (CompletionException ended) {
      writer.close();
    }
  }

  private static int receive(StreamConnection client) {
    int whole = 0;
    try (client) {
      while (true) {
        byte[] head = CallbackCheck.watch(client.reader().readExactly(Integer.BYTES)).join();
        CallbackCheck.watch(client.reader().readExactly(ByteBuffer.wrap(head).getInt())).join();
        whole++;
      }
    } catch (CompletionException ended) {
      assertNothingTorn(ended.getCause(), client.reader());
      return whole;
    }
  }

  private static void assertNothingTorn(Throwable ended, StreamReader reader) {
    if (ended instanceof IncompleteReadException cut) {
      assertEquals(0, cut.partial().length, "bytes of a torn message, or its head");
      assertEquals(OptionalInt.of(Integer.BYTES), cut.expected(), "a body that never came");
    } else {
      assertEquals("", reader.atEof() ? "" : leftIn(reader), "left of a torn message: " + ended);
    }
  }

  private static String leftIn(StreamReader reader) {
    String state = reader.toString();
    return state.contains(" bytes") ? state : "";
  }
}
