package io.weir.channels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** How an {@link AsynchronousSocketChannel} connects, sentence by sentence of its documentation. */
@ParameterizedClass
@MethodSource("io.weir.channels.ChannelGroups#all")
class SocketConnectContractTest extends ChannelContract {

  private static Outcome<Void> connect(AsynchronousSocketChannel channel, SocketAddress remote)
      throws Exception {
    return Outcome.of(handler -> channel.connect(remote, "attached", handler));
  }

  // ---- success ----

  @Test
  void a_future_returns_null_when_the_channel_is_connected() throws Exception {
    AsynchronousSocketChannel channel = openChannel();

    assertNull(Deadline.get(channel.connect(listenerAddress())));
    assertEquals(listenerAddress(), channel.getRemoteAddress());
    assertTrue(channel.isOpen());
  }

  @Test
  void a_handler_receives_null_and_the_attachment() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    Outcome<Void> connect = connect(channel, listenerAddress());

    assertNull(connect.value());
    assertEquals("attached", connect.attachment());
    assertEquals(1, connect.calls());
    assertEquals(listenerAddress(), channel.getRemoteAddress());
  }

  @Test
  void a_connected_channel_has_a_local_address() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    assertNull(channel.getLocalAddress());
    Deadline.get(channel.connect(listenerAddress()));

    InetSocketAddress local = (InetSocketAddress) channel.getLocalAddress();
    assertTrue(local.getAddress().isLoopbackAddress());
    assertNotEquals(0, local.getPort());
  }

  @Test
  void a_bound_channel_connects_from_its_address() throws Exception {
    AsynchronousSocketChannel channel = openChannel().bind(anyPort());
    SocketAddress bound = channel.getLocalAddress();
    Deadline.get(channel.connect(listenerAddress()));

    assertEquals(bound, channel.getLocalAddress());
  }

  @Test
  void bytes_pass_over_a_connected_channel() throws Exception {
    connect().assertWorks();
  }

  // ---- failure ----

  @Test
  void a_connect_that_fails_closes_the_channel() throws Exception {
    SocketAddress nobody = loopback(BlockingSockets.closedPort());
    AsynchronousSocketChannel byFuture = openChannel();
    AsynchronousSocketChannel byHandler = openChannel();

    Deadline.failure(IOException.class, byFuture.connect(nobody));
    assertFalse(byFuture.isOpen());
    Outcome<Void> connect = connect(byHandler, nobody);
    connect.failure(IOException.class);
    assertEquals("attached", connect.attachment());
    assertFalse(byHandler.isOpen());
  }

  @Test
  void an_unresolved_address_is_refused_and_the_channel_stays_open() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    SocketAddress unresolved = InetSocketAddress.createUnresolved("host.invalid", 1);

    assertThrown(UnresolvedAddressException.class, () -> channel.connect(unresolved));
    assertThrown(UnresolvedAddressException.class, () -> connect(channel, unresolved));
    assertTrue(channel.isOpen());
    Deadline.get(channel.connect(listenerAddress()));
  }

  @Test
  void an_address_of_another_type_is_refused_and_the_channel_stays_open() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    SocketAddress unix = UnixDomainSocketAddress.of("name");

    assertThrown(UnsupportedAddressTypeException.class, () -> channel.connect(unix));
    assertThrown(UnsupportedAddressTypeException.class, () -> connect(channel, unix));
    assertThrown(
        UnsupportedAddressTypeException.class, () -> channel.connect(new SocketAddress() {}));
    assertTrue(channel.isOpen());
    Deadline.get(channel.connect(listenerAddress()));
  }

  @Test
  void a_connected_channel_cannot_connect_again() throws Exception {
    ChannelPair pair = connect();

    assertThrown(AlreadyConnectedException.class, () -> pair.channel().connect(listenerAddress()));
    assertThrown(AlreadyConnectedException.class, () -> connect(pair.channel(), listenerAddress()));
    pair.assertWorks();
  }

  @Test
  void a_connect_during_a_connect_throws_ConnectionPendingException() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    SocketAddress silent = silent();
    Future<Void> connect = channel.connect(silent);

    assertThrown(ConnectionPendingException.class, () -> channel.connect(silent));
    assertThrown(ConnectionPendingException.class, () -> connect(channel, listenerAddress()));
    assertFalse(connect.isDone());
    assertTrue(channel.isOpen());
  }

  @Test
  void a_bind_during_a_connect_throws_ConnectionPendingException() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    Future<Void> connect = channel.connect(silent());

    assertThrown(ConnectionPendingException.class, () -> channel.bind(anyPort()));
    assertFalse(connect.isDone());
  }

  @Test
  void a_bind_after_a_connect_throws_AlreadyBoundException() throws Exception {
    ChannelPair pair = connect();

    assertThrown(AlreadyBoundException.class, () -> pair.channel().bind(anyPort()));
    pair.assertWorks();
  }

  @Test
  void a_channel_that_connects_has_no_remote_address() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    assertNull(channel.getRemoteAddress());
    Future<Void> connect = channel.connect(silent());

    assertNull(channel.getRemoteAddress());
    assertFalse(connect.isDone());
  }

  @Test
  void null_arguments_are_refused_and_change_nothing() throws Exception {
    AsynchronousSocketChannel channel = openChannel();

    assertThrown(NullPointerException.class, () -> channel.connect(listenerAddress(), null, null));
    assertThrown(NullPointerException.class, () -> channel.connect(null));
    assertThrown(NullPointerException.class, () -> connect(channel, null));
    Deadline.get(channel.connect(listenerAddress()));
  }
}
