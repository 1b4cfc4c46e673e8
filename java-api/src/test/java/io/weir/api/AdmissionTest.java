package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.OpenFiles;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many connections a server serves at once, and when it takes none. */
class AdmissionTest {

  private final AtomicInteger serving = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  /** Greets, and serves until the client says something or goes. */
  private CompletableFuture<?> greet(StreamReader reader, StreamWriter writer) {
    most.accumulateAndGet(serving.incrementAndGet(), Math::max);
    writer.write(bytes("hello\n"));
    return reader
        .readLine()
        .handle(
            (line, error) -> {
              serving.decrementAndGet();
              writer.close();
              return writer.waitClosed();
            });
  }

  private Server serve(int max) {
    return Loopback.serve(this::greet, ServerOptions.DEFAULTS.withMaxConnections(max));
  }

  private static CompletableFuture<byte[]> greeting(StreamConnection client) {
    return client.reader().readLine();
  }

  private static void assertWaits(CompletableFuture<byte[]> greeting) {
    assertThrows(TimeoutException.class, () -> greeting.get(100, TimeUnit.MILLISECONDS));
  }

  @Test
  void F16_one_more_than_the_limit_waits_until_another_leaves() {
    Server server = serve(2);
    StreamConnection first = Loopback.connect(server);
    StreamConnection second = Loopback.connect(server);
    assertEquals("hello\n", text(greeting(first)));
    assertEquals("hello\n", text(greeting(second)));
    try (StreamConnection third = Loopback.connect(server)) {
      CompletableFuture<byte[]> waiting = greeting(third);
      assertWaits(waiting);
      first.close();

      assertEquals("hello\n", text(waiting));
    }
    second.close();
    Loopback.endInOrder(server);
    assertEquals(2, most.get());
  }

  @Test
  void the_limit_holds_for_all_listening_sockets_together() {
    Server server =
        Deadline.get(
            AsyncStreams.startServer(
                this::greet,
                List.of("127.0.0.1", "127.0.0.2"),
                0,
                ServerOptions.DEFAULTS.withMaxConnections(1)));
    int port = Loopback.port(server);
    List<StreamConnection> clients = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      clients.add(Deadline.get(AsyncStreams.openConnection("127.0.0." + (1 + i % 2), port)));
    }
    while (!clients.isEmpty()) {
      List<CompletableFuture<byte[]>> greetings =
          clients.stream().map(AdmissionTest::greeting).toList();
      Deadline.get(CompletableFuture.anyOf(greetings.toArray(CompletableFuture[]::new)));
      StreamConnection served = clients.get(indexOfDone(greetings));
      greetings.forEach(greeting -> greeting.cancel(false));
      served.close();
      Deadline.get(served.writer().waitClosed());
      clients.remove(served);
    }

    Loopback.endInOrder(server);
    assertEquals(1, most.get());
  }

  private static int indexOfDone(List<CompletableFuture<byte[]>> greetings) {
    for (int i = 0; i < greetings.size(); i++) {
      if (greetings.get(i).isDone()) {
        return i;
      }
    }
    throw new AssertionError("none was greeted");
  }

  @Test
  @Timeout(60)
  void a_thousand_clients_all_get_through_a_limit_of_three() {
    Server server =
        Loopback.serve(
            this::greet, ServerOptions.DEFAULTS.withMaxConnections(3).withBacklog(1_000));
    List<CompletableFuture<byte[]>> answers = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      boolean polite = ThreadLocalRandom.current().nextBoolean();
      answers.add(
          AsyncStreams.openConnection("127.0.0.1", Loopback.port(server))
              .thenCompose(client -> answer(client, polite)));
    }
    for (CompletableFuture<byte[]> answer : answers) {
      assertEquals("hello\n", text(Deadline.get(answer)));
    }

    Loopback.endInOrder(server);
    assertTrue(most.get() <= 3, () -> most + " at once");
  }

  private static CompletableFuture<byte[]> answer(StreamConnection client, boolean polite) {
    return greeting(client)
        .whenComplete(
            (line, error) -> {
              if (polite) {
                client.writer().write(bytes("bye\n"));
              }
              client.close();
            });
  }

  @Test
  void handlers_that_end_at_once_make_room_without_nesting() {
    AtomicInteger served = new AtomicInteger();
    ConnectionHandler atOnce =
        ConnectionHandler.of(
            (reader, writer) -> {
              served.incrementAndGet();
              writer.transport().abort();
            });
    Server server = Loopback.serve(atOnce, ServerOptions.DEFAULTS.withMaxConnections(1));
    for (int i = 0; i < 500; i++) {
      Loopback.connect(server).writer().transport().abort();
    }

    Deadline.await("all have been served", () -> served.get() == 500);
    Loopback.endInOrder(server);
  }

  @Test
  void a_paused_server_takes_none_and_takes_those_who_waited_when_resumed() {
    Server server = serve(10);
    StreamConnection before = Loopback.connect(server);
    assertEquals("hello\n", text(greeting(before)));
    server.pauseAccepting();
    server.pauseAccepting();
    StreamConnection first = Loopback.connect(server);
    StreamConnection second = Loopback.connect(server);
    CompletableFuture<byte[]> firstGreeting = greeting(first);
    CompletableFuture<byte[]> secondGreeting = greeting(second);
    assertWaits(firstGreeting);
    assertFalse(secondGreeting.isDone());
    assertTrue(server.isServing());
    server.resumeAccepting();

    assertEquals("hello\n", text(firstGreeting));
    assertEquals("hello\n", text(secondGreeting));
    List.of(before, first, second).forEach(StreamConnection::close);
    Loopback.endInOrder(server);
  }

  @Test
  void closing_a_server_ends_those_who_wait() throws Exception {
    Set<String> sockets = OpenFiles.sockets();
    Server server = serve(1);
    StreamConnection first = Loopback.connect(server);
    assertEquals("hello\n", text(greeting(first)));
    StreamConnection waiting = Loopback.connect(server);
    CompletableFuture<byte[]> greeting = greeting(waiting);
    assertWaits(greeting);
    server.close();

    String end = Deadline.get(greeting.handle((line, error) -> error == null ? text(line) : ""));
    assertEquals("", end);
    first.close();
    waiting.close();
    Deadline.get(server.waitClosed());
    OpenFiles.awaitNoMoreThan(sockets);
  }

  @Test
  void a_limit_below_one_is_refused() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> ServerOptions.DEFAULTS.withMaxConnections(0));

    assertTrue(refused.getMessage().contains("maxConnections is 0"), refused.getMessage());
  }

  @Test
  void who_resumes_accepting_runs_no_handler() throws Exception {
    CompletableFuture<Thread> handler = new CompletableFuture<>();
    Server server =
        Loopback.serve(
            ConnectionHandler.of(
                (reader, writer) -> {
                  writer.close();
                  handler.complete(Thread.currentThread());
                }),
            ServerOptions.DEFAULTS);
    server.pauseAccepting();
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), Loopback.port(server))) {
      server.resumeAccepting();
      assertNotSame(Thread.currentThread(), Deadline.get(handler), client.toString());
    }
    server.close();
  }
}
