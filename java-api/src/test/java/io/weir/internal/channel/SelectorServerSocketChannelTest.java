package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.ChannelProviders;
import io.weir.testing.Deadline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On which thread, and how fairly, connections are accepted on a selector loop. */
class SelectorServerSocketChannelTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int MANY = 3 * SelectorServerSocketChannel.MAX_IN_A_TURN;

  private final List<SocketChannel> clients = new ArrayList<>();
  private SelectorChannelGroup loops;

  @BeforeEach
  void start() {
    loops = ChannelProviders.selectors("test", 1);
  }

  @AfterEach
  void stop() throws Exception {
    for (SocketChannel client : clients) {
      client.close();
    }
    loops.shutdownNow();
    assertTrue(loops.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  void a_connection_that_waits_already_is_accepted_on_the_acceptor_not_in_the_call()
      throws Exception {
    SelectorServerSocketChannel server = listenWithClients(1);
    CompletableFuture<String> thread = new CompletableFuture<>();
    server.accept(
        new Handler() {
          @Override
          public void completed(AsyncByteChannel accepted, @Nullable Void attachment) {
            thread.complete(Thread.currentThread().getName());
            accepted.abort();
          }
        });

    assertEquals("test-acceptor-1", Deadline.get(thread));
    server.close();
  }

  @Test
  void clients_of_one_listening_socket_do_not_keep_those_of_another_waiting() throws Exception {
    SelectorServerSocketChannel busy = listenWithClients(MANY);
    SelectorServerSocketChannel quiet = listenWithClients(1);
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch armed = new CountDownLatch(1);
    loops.acceptor().execute(() -> awaitQuietly(armed)); // so that both are ready in one turn
    busy.accept(new Rearming(busy, "busy", order));
    quiet.accept(new Rearming(quiet, "quiet", order));
    armed.countDown();

    Deadline.await("all are accepted", () -> order.size() == MANY + 1);
    int position = order.indexOf("quiet");
    assertTrue(
        position <= SelectorServerSocketChannel.MAX_IN_A_TURN, () -> "accepted as " + position);
    busy.close();
    quiet.close();
  }

  @Test
  void connections_for_loops_that_are_blocked_stay_in_the_backlog() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    loops.next().execute(() -> awaitQuietly(goOn));
    SelectorServerSocketChannel server = listenWithClients(MANY);
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    server.accept(new Rearming(server, "accepted", order));

    Deadline.await("some are accepted", () -> order.size() == SelectorChannelGroup.MAX_EXPECTED);
    for (int turn = 0; turn < 3; turn++) {
      awaitTurnOf(loops.acceptor());
    }
    assertEquals(SelectorChannelGroup.MAX_EXPECTED, order.size());
    goOn.countDown();
    Deadline.await("all are accepted", () -> order.size() == MANY);
    server.close();
  }

  @Test
  void a_loop_that_is_blocked_does_not_stop_the_others_from_getting_connections() throws Exception {
    SelectorChannelGroup two = ChannelProviders.selectors("two", 2);
    CountDownLatch goOn = new CountDownLatch(1);
    SelectorLoop blocked = two.next();
    blocked.execute(() -> awaitQuietly(goOn));
    SelectorServerSocketChannel server = listenWithClients(MANY, two);
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    server.accept(new Rearming(server, "accepted", order));

    Deadline.await("all are accepted", () -> order.size() == MANY);
    assertTrue(blocked.expected() <= SelectorChannelGroup.MAX_EXPECTED, blocked::toString);
    goOn.countDown();
    server.close();
    two.shutdownNow();
    assertTrue(two.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  private static void awaitTurnOf(SelectorLoop loop) {
    CompletableFuture<String> turned = new CompletableFuture<>();
    loop.execute(() -> loop.execute(() -> turned.complete("turned")));
    Deadline.get(turned);
  }

  private SelectorServerSocketChannel listenWithClients(int count) throws IOException {
    return listenWithClients(count, loops);
  }

  private SelectorServerSocketChannel listenWithClients(int count, SelectorChannelGroup group)
      throws IOException {
    ServerSocketChannel channel =
        ServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), count);
    for (int i = 0; i < count; i++) {
      clients.add(SocketChannel.open(channel.getLocalAddress()));
    }
    return new SelectorServerSocketChannel(channel, group, channel.getLocalAddress(), () -> {});
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private abstract static class Handler
      implements CompletionHandler<AsyncByteChannel, @Nullable Void> {

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      // The channel is closed at the end.
    }
  }

  /** Accepts the next one in the callback of the one before, as servers do. */
  private static final class Rearming extends Handler {

    private final SelectorServerSocketChannel server;
    private final String name;
    private final List<String> order;

    Rearming(SelectorServerSocketChannel server, String name, List<String> order) {
      this.server = server;
      this.name = name;
      this.order = order;
    }

    @Override
    public void completed(AsyncByteChannel accepted, @Nullable Void attachment) {
      order.add(name);
      accepted.abort();
      server.accept(this);
    }
  }
}
