package io.weir.channels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AcceptPendingException;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link AsynchronousServerSocketChannel}, sentence by sentence of its documentation. */
@ParameterizedClass
@MethodSource("io.weir.channels.ChannelGroups#all")
class ServerSocketContractTest extends ChannelContract {

  private static final int MANY = 40;

  private static Outcome<AsynchronousSocketChannel> accept(AsynchronousServerSocketChannel server)
      throws Exception {
    return Outcome.of(handler -> server.accept("attached", handler));
  }

  // ---- bind ----

  @Test
  void a_new_channel_is_open_and_not_bound() throws Exception {
    AsynchronousServerSocketChannel server = openServer();

    assertTrue(server.isOpen());
    assertNull(server.getLocalAddress());
    assertSame(groups.provider(), server.provider());
  }

  @Test
  void a_bound_channel_listens_on_its_address() throws Exception {
    AsynchronousServerSocketChannel server = openServer();

    assertSame(server, server.bind(anyPort(), 5));
    InetSocketAddress local = (InetSocketAddress) server.getLocalAddress();
    assertEquals(InetAddress.getLoopbackAddress(), local.getAddress());
    assertNotEquals(0, local.getPort());
    connectTo(server);
  }

  @Test
  void null_binds_to_an_address_that_the_kernel_picks() throws Exception {
    AsynchronousServerSocketChannel server = openServer().bind(null);

    connectTo(server);
  }

  @Test
  void a_backlog_of_0_or_less_means_a_default() throws Exception {
    connectTo(openServer().bind(anyPort(), 0));
    connectTo(openServer().bind(anyPort(), -1));
  }

  @Test
  void a_bound_channel_cannot_be_bound_again() throws Exception {
    AsynchronousServerSocketChannel server = listen();

    assertThrown(AlreadyBoundException.class, () -> server.bind(anyPort()));
    connectTo(server);
  }

  @Test
  void an_address_that_cannot_be_used_is_refused() throws Exception {
    AsynchronousServerSocketChannel server = openServer();

    assertThrown(
        UnsupportedAddressTypeException.class,
        () -> server.bind(UnixDomainSocketAddress.of("name")));
    assertThrown(
        UnresolvedAddressException.class,
        () -> server.bind(InetSocketAddress.createUnresolved("host.invalid", 0)));
    assertThrows(IOException.class, () -> server.bind(listenerAddress()));
    assertTrue(server.isOpen());
    assertNull(server.getLocalAddress());
  }

  @Test
  void a_closed_channel_cannot_be_bound_and_has_no_address() throws Exception {
    AsynchronousServerSocketChannel server = openServer();
    server.close();

    assertThrown(ClosedChannelException.class, () -> server.bind(anyPort()));
    assertThrown(ClosedChannelException.class, server::getLocalAddress);
  }

  // ---- options ----

  @Test
  void the_documented_options_are_supported_before_and_after_the_close() throws Exception {
    AsynchronousServerSocketChannel server = openServer();
    List<SocketOption<?>> documented =
        List.of(StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR);

    Set<SocketOption<?>> options = server.supportedOptions();
    assertTrue(options.containsAll(documented), options::toString);
    server.close();
    assertEquals(options, server.supportedOptions());
  }

  @Test
  void our_channels_support_every_option_that_those_of_the_JDK_do() throws Exception {
    try (AsynchronousServerSocketChannel theirs = AsynchronousServerSocketChannel.open()) {
      assertTrue(openServer().supportedOptions().containsAll(theirs.supportedOptions()));
    }
  }

  @Test
  void options_keep_what_is_set() throws Exception {
    AsynchronousServerSocketChannel server = openServer();
    assertTrue(server.getOption(StandardSocketOptions.SO_REUSEADDR), "as the JDK's");

    assertSame(server, server.setOption(StandardSocketOptions.SO_REUSEADDR, false));
    assertFalse(server.getOption(StandardSocketOptions.SO_REUSEADDR));
    server.setOption(StandardSocketOptions.SO_RCVBUF, 16 * 1024);
    assertTrue(server.getOption(StandardSocketOptions.SO_RCVBUF) >= 16 * 1024);
  }

  @Test
  void options_that_are_not_supported_values_that_are_not_valid_and_null_are_refused()
      throws Exception {
    AsynchronousServerSocketChannel server = openServer();

    assertThrown(
        UnsupportedOperationException.class,
        () -> server.setOption(StandardSocketOptions.TCP_NODELAY, true));
    assertThrown(
        UnsupportedOperationException.class,
        () -> server.getOption(StandardSocketOptions.TCP_NODELAY));
    assertThrown(
        IllegalArgumentException.class,
        () -> server.setOption(StandardSocketOptions.SO_RCVBUF, -1));
    assertThrown(
        IllegalArgumentException.class,
        () -> server.setOption(StandardSocketOptions.SO_RCVBUF, null));
    assertThrown(NullPointerException.class, () -> server.getOption(null));
    assertThrown(NullPointerException.class, () -> server.setOption(null, 1));
  }

  @Test
  void a_closed_channel_has_no_options() throws Exception {
    AsynchronousServerSocketChannel server = openServer();
    server.close();

    assertThrown(
        ClosedChannelException.class,
        () -> server.setOption(StandardSocketOptions.SO_REUSEADDR, true));
    assertThrown(
        ClosedChannelException.class, () -> server.getOption(StandardSocketOptions.SO_REUSEADDR));
  }

  // ---- accept ----

  @Test
  void a_future_returns_the_channel_of_the_connection() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    Future<AsynchronousSocketChannel> accept = server.accept();
    assertFalse(accept.isDone());
    Socket client = connectTo(server);
    AsynchronousSocketChannel accepted = closeAfterTest(Deadline.get(accept));

    assertEquals(client.getLocalSocketAddress(), accepted.getRemoteAddress());
    assertEquals(client.getRemoteSocketAddress(), accepted.getLocalAddress());
    assertSame(groups.provider(), accepted.provider());
    new ChannelPair(accepted, client).assertWorks();
  }

  @Test
  void a_handler_receives_the_channel_and_the_attachment() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    Outcome<AsynchronousSocketChannel> accept = accept(server);
    Socket client = connectTo(server);

    new ChannelPair(closeAfterTest(accept.value()), client).assertWorks();
    assertEquals("attached", accept.attachment());
    assertEquals(1, accept.calls());
  }

  @Test
  void a_connection_that_waits_in_the_backlog_is_accepted() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    Socket first = connectTo(server);
    Socket second = connectTo(server);

    new ChannelPair(closeAfterTest(Deadline.get(server.accept())), first).assertWorks();
    new ChannelPair(closeAfterTest(accept(server).value()), second).assertWorks();
  }

  @Test
  void an_accepted_channel_belongs_to_the_group() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    Socket client = connectTo(server);
    ChannelPair pair = new ChannelPair(closeAfterTest(Deadline.get(server.accept())), client);
    Outcome<Integer> read = pair.pendingRead();
    pair.peerSends("a");

    assertTrue(groups.owns(read.thread()), () -> read.thread().toString());
  }

  @Test
  void an_accepted_channel_is_connected_already() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    Socket client = connectTo(server);
    AsynchronousSocketChannel accepted = closeAfterTest(Deadline.get(server.accept()));

    assertRefused(() -> accepted.connect(listenerAddress()));
    assertRefused(() -> accepted.bind(anyPort()));
    new ChannelPair(accepted, client).assertWorks();
  }

  @Test
  void a_connection_accepted_by_a_group_that_is_shut_down_is_closed() throws Exception {
    Assumptions.assumeTrue(group != null, "nothing can shut the default group down");
    AsynchronousServerSocketChannel server = listen();
    Outcome<AsynchronousSocketChannel> byHandler = accept(server);
    group.shutdown();
    Socket first = connectTo(server);

    IOException failure = byHandler.failure(IOException.class);
    assertInstanceOf(ShutdownChannelGroupException.class, failure.getCause());
    Future<AsynchronousSocketChannel> byFuture = server.accept();
    Socket second = connectTo(server);
    failure = Deadline.failure(IOException.class, byFuture);
    assertInstanceOf(ShutdownChannelGroupException.class, failure.getCause());
    assertEquals(0, BlockingSockets.countToEnd(first));
    assertEquals(0, BlockingSockets.countToEnd(second));
    assertTrue(server.isOpen());
  }

  @Test
  void an_accept_during_an_accept_throws_AcceptPendingException() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    Outcome<AsynchronousSocketChannel> accept = accept(server);

    assertThrown(AcceptPendingException.class, server::accept);
    assertThrown(AcceptPendingException.class, () -> accept(server));
    Socket client = connectTo(server);
    new ChannelPair(closeAfterTest(accept.value()), client).assertWorks();
  }

  @Test
  void an_accept_before_the_bind_throws_NotYetBoundException() throws Exception {
    AsynchronousServerSocketChannel server = openServer();

    assertThrown(NotYetBoundException.class, server::accept);
    assertThrown(NotYetBoundException.class, () -> accept(server));
    server.bind(anyPort());
    connectTo(server);
    closeAfterTest(accept(server).value());
  }

  @Test
  void the_handler_null_is_refused() throws Exception {
    AsynchronousServerSocketChannel server = listen();

    assertThrown(NullPointerException.class, () -> server.accept(null, null));
    connectTo(server);
    closeAfterTest(accept(server).value());
  }

  @Test
  void a_handler_can_accept_the_next_connection() throws Exception {
    AsynchronousServerSocketChannel server = listen();
    Outcome<Integer> all = new Outcome<>();
    acceptAll(server, MANY, all);
    for (int i = 0; i < MANY; i++) {
      connectTo(server).close();
    }

    assertEquals(0, all.value());
  }

  private void acceptAll(AsynchronousServerSocketChannel server, int left, Outcome<Integer> all) {
    server.accept(
        null,
        Handlers.<AsynchronousSocketChannel>of(
            (accepted, error) -> {
              if (error != null) {
                all.failed(error, null);
                return;
              }
              closeAfterTest(accepted);
              if (left == 1) {
                all.completed(0, null);
              } else {
                acceptAll(server, left - 1, all);
              }
            }));
  }
}
