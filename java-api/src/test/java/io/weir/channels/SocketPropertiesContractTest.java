package io.weir.channels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Addresses, options and half-closes of {@link AsynchronousSocketChannel}. */
@ParameterizedClass
@MethodSource("io.weir.channels.ChannelGroups#all")
class SocketPropertiesContractTest extends ChannelContract {

  private static final List<SocketOption<?>> DOCUMENTED =
      List.of(
          StandardSocketOptions.SO_SNDBUF,
          StandardSocketOptions.SO_RCVBUF,
          StandardSocketOptions.SO_KEEPALIVE,
          StandardSocketOptions.SO_REUSEADDR,
          StandardSocketOptions.TCP_NODELAY);

  private static ByteBuffer one() {
    return ByteBuffer.allocate(1);
  }

  @Test
  void a_new_channel_is_open_neither_bound_nor_connected() throws Exception {
    AsynchronousSocketChannel channel = openChannel();

    assertTrue(channel.isOpen());
    assertNull(channel.getLocalAddress());
    assertNull(channel.getRemoteAddress());
    assertSame(groups.provider(), channel.provider());
  }

  // ---- bind ----

  @Test
  void a_bound_channel_has_the_address_and_a_port() throws Exception {
    AsynchronousSocketChannel channel = openChannel();

    assertSame(channel, channel.bind(anyPort()));
    InetSocketAddress local = (InetSocketAddress) channel.getLocalAddress();
    assertEquals(InetAddress.getLoopbackAddress(), local.getAddress());
    assertNotEquals(0, local.getPort());
    assertNull(channel.getRemoteAddress());
  }

  @Test
  void null_binds_to_an_address_that_the_kernel_picks() throws Exception {
    AsynchronousSocketChannel channel = openChannel().bind(null);

    assertNotEquals(0, ((InetSocketAddress) channel.getLocalAddress()).getPort());
  }

  @Test
  void a_bound_channel_cannot_be_bound_again() throws Exception {
    AsynchronousSocketChannel channel = openChannel().bind(anyPort());
    SocketAddress local = channel.getLocalAddress();

    assertThrown(AlreadyBoundException.class, () -> channel.bind(anyPort()));
    assertThrown(AlreadyBoundException.class, () -> channel.bind(null));
    assertEquals(local, channel.getLocalAddress());
  }

  @Test
  void an_address_that_cannot_be_used_is_refused() throws Exception {
    AsynchronousSocketChannel channel = openChannel();

    assertThrown(
        UnsupportedAddressTypeException.class,
        () -> channel.bind(UnixDomainSocketAddress.of("name")));
    assertThrown(
        UnresolvedAddressException.class,
        () -> channel.bind(InetSocketAddress.createUnresolved("host.invalid", 0)));
    assertThrows(IOException.class, () -> channel.bind(listenerAddress()));
    assertTrue(channel.isOpen());
    assertNull(channel.getLocalAddress());
    channel.bind(anyPort());
  }

  @Test
  void a_closed_channel_cannot_be_bound() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    channel.close();

    assertThrown(ClosedChannelException.class, () -> channel.bind(anyPort()));
  }

  // ---- addresses ----

  @Test
  void both_addresses_of_a_connected_channel_are_Internet_addresses() throws Exception {
    ChannelPair pair = connect();

    assertInstanceOf(InetSocketAddress.class, pair.channel().getLocalAddress());
    assertInstanceOf(InetSocketAddress.class, pair.channel().getRemoteAddress());
    assertEquals(pair.peer().getRemoteSocketAddress(), pair.channel().getLocalAddress());
    assertEquals(listenerAddress(), pair.channel().getRemoteAddress());
  }

  @Test
  void the_addresses_of_a_closed_channel_are_not_available() throws Exception {
    ChannelPair pair = connect();
    pair.channel().close();

    assertThrown(ClosedChannelException.class, () -> pair.channel().getLocalAddress());
    assertThrown(ClosedChannelException.class, () -> pair.channel().getRemoteAddress());
  }

  // ---- options ----

  @Test
  void the_documented_options_are_supported_before_and_after_the_close() throws Exception {
    AsynchronousSocketChannel channel = openChannel();

    Set<SocketOption<?>> options = channel.supportedOptions();
    assertTrue(options.containsAll(DOCUMENTED), options::toString);
    assertThrows(UnsupportedOperationException.class, options::clear);
    channel.close();
    assertEquals(options, channel.supportedOptions());
  }

  @Test
  void our_channels_support_every_option_that_those_of_the_JDK_do() throws Exception {
    try (AsynchronousSocketChannel theirs = AsynchronousSocketChannel.open()) {
      assertTrue(openChannel().supportedOptions().containsAll(theirs.supportedOptions()));
    }
  }

  @Test
  void options_keep_what_is_set() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    for (boolean value : new boolean[] {true, false}) {
      assertSame(channel, channel.setOption(StandardSocketOptions.TCP_NODELAY, value));
      assertEquals(value, channel.getOption(StandardSocketOptions.TCP_NODELAY));
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, value);
      assertEquals(value, channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, value);
      assertEquals(value, channel.getOption(StandardSocketOptions.SO_REUSEADDR));
    }
    channel.setOption(StandardSocketOptions.SO_RCVBUF, 16 * 1024);
    assertTrue(channel.getOption(StandardSocketOptions.SO_RCVBUF) >= 16 * 1024);
    channel.setOption(StandardSocketOptions.SO_SNDBUF, 16 * 1024);
    assertTrue(channel.getOption(StandardSocketOptions.SO_SNDBUF) >= 16 * 1024);
  }

  @Test
  void every_supported_option_can_be_read() throws Exception {
    ChannelPair pair = connect();
    for (SocketOption<?> option : pair.channel().supportedOptions()) {
      if (!option.name().equals("SO_INCOMING_NAPI_ID")) { // not every kernel has it
        pair.channel().getOption(option);
      }
    }
  }

  @Test
  void options_of_a_connected_channel_can_be_changed() throws Exception {
    ChannelPair pair = connect();
    pair.channel().setOption(StandardSocketOptions.TCP_NODELAY, true);

    assertTrue(pair.channel().getOption(StandardSocketOptions.TCP_NODELAY));
    pair.assertWorks();
  }

  @Test
  void an_option_that_is_not_supported_is_refused() throws Exception {
    AsynchronousSocketChannel channel = openChannel();

    assertThrown(
        UnsupportedOperationException.class,
        () -> channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1));
    assertThrown(
        UnsupportedOperationException.class,
        () -> channel.getOption(StandardSocketOptions.IP_MULTICAST_TTL));
  }

  @Test
  void a_value_that_is_not_valid_is_refused() throws Exception {
    AsynchronousSocketChannel channel = openChannel();

    assertThrown(
        IllegalArgumentException.class,
        () -> channel.setOption(StandardSocketOptions.SO_SNDBUF, -1));
    assertThrown(
        IllegalArgumentException.class,
        () -> channel.setOption(StandardSocketOptions.TCP_NODELAY, null));
  }

  @Test
  void the_option_null_is_refused() throws Exception {
    AsynchronousSocketChannel channel = openChannel();

    assertThrown(NullPointerException.class, () -> channel.getOption(null));
    assertThrown(NullPointerException.class, () -> channel.setOption(null, 1));
  }

  @Test
  void a_closed_channel_has_no_options() throws Exception {
    AsynchronousSocketChannel channel = openChannel();
    channel.close();

    assertThrown(
        ClosedChannelException.class,
        () -> channel.setOption(StandardSocketOptions.TCP_NODELAY, true));
    assertThrown(
        ClosedChannelException.class, () -> channel.getOption(StandardSocketOptions.TCP_NODELAY));
  }

  @Test
  void the_JDK_sets_no_option_after_shutdownOutput_but_ours_does() throws Exception {
    AsynchronousSocketChannel channel = connect().channel().shutdownOutput();

    if (groups.isJdk()) {
      assertThrows(
          IOException.class, () -> channel.setOption(StandardSocketOptions.TCP_NODELAY, true));
    } else {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      assertTrue(channel.getOption(StandardSocketOptions.TCP_NODELAY));
    }
  }

  // ---- shutdownInput and shutdownOutput ----

  @Test
  void reads_after_shutdownInput_return_minus_one() throws Exception {
    ChannelPair pair = connect();
    pair.peerSends("not read");

    assertSame(pair.channel(), pair.channel().shutdownInput());
    assertEquals(-1, Deadline.get(pair.channel().read(one())));
    assertEquals(-1, pair.pendingRead().value());
    assertEquals(-1, Deadline.get(pair.channel().read(ByteBuffer.allocate(0))));
    assertTrue(pair.channel().isOpen());
  }

  @Test
  void writes_go_on_after_shutdownInput() throws Exception {
    ChannelPair pair = connect();
    pair.channel().shutdownInput();
    pair.write("abc");

    assertEquals("abc", pair.peerReceives(3));
  }

  @Test
  void an_outstanding_read_receives_minus_one_from_shutdownInput_on_Linux() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> read = pair.pendingRead();
    pair.channel().shutdownInput();

    assertEquals(-1, read.value());
  }

  @Test
  void writes_after_shutdownOutput_fail_with_ClosedChannelException() throws Exception {
    ChannelPair pair = connect();
    AsynchronousSocketChannel channel = pair.channel();

    assertSame(channel, channel.shutdownOutput());
    Deadline.failure(ClosedChannelException.class, channel.write(one()));
    Outcome.<Integer>of(h -> channel.write(one(), null, h)).failure(ClosedChannelException.class);
    Deadline.failure(ClosedChannelException.class, channel.write(ByteBuffer.allocate(0)));
    assertTrue(channel.isOpen());
  }

  @Test
  void the_peer_sees_the_end_of_the_stream_and_reads_go_on_after_shutdownOutput() throws Exception {
    ChannelPair pair = connect();
    pair.write("abc");
    pair.channel().shutdownOutput();

    assertEquals("abc", pair.peerReceives(10));
    assertEquals(-1, pair.peer().getInputStream().read());
    pair.peerSends("def");
    assertEquals("def", pair.read(3));
  }

  @Test
  void a_second_shutdown_has_no_effect() throws Exception {
    AsynchronousSocketChannel channel = connect().channel();
    channel.shutdownInput().shutdownInput();
    channel.shutdownOutput().shutdownOutput();

    assertTrue(channel.isOpen());
  }

  @Test
  void only_a_connected_channel_can_be_shut_down() throws Exception {
    AsynchronousSocketChannel channel = openChannel();

    assertThrown(NotYetConnectedException.class, channel::shutdownInput);
    assertThrown(NotYetConnectedException.class, channel::shutdownOutput);
    assertFalse(channel.getRemoteAddress() != null);
  }

  @Test
  void a_closed_channel_cannot_be_shut_down() throws Exception {
    AsynchronousSocketChannel channel = connect().channel();
    channel.close();

    assertThrown(ClosedChannelException.class, channel::shutdownInput);
    assertThrown(ClosedChannelException.class, channel::shutdownOutput);
  }
}
