package io.weir.channels;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.Multiplicity;
import io.weir.testing.SilentListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.Channel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.Parameter;

/** Opens channels of one of the groups for a test, and closes them after it. */
@Tag(Multiplicity.TAG)
abstract class ChannelContract {

  private static final int SMALL_BUFFER = 32 * 1024;

  @Parameter ChannelGroups groups;

  private final List<AutoCloseable> opened = Collections.synchronizedList(new ArrayList<>());

  /** The group of the channels; null is the default group. */
  @Nullable AsynchronousChannelGroup group;

  private ServerSocket listener;

  @BeforeEach
  final void openGroup() throws Exception {
    group = groups.open();
    listener = closeAfterTest(BlockingSockets.listen());
    listener.setReceiveBufferSize(SMALL_BUFFER); // fills fast
  }

  @AfterEach
  final void closeAll() throws Exception {
    for (AutoCloseable each : List.copyOf(opened)) {
      each.close();
    }
    if (group != null) {
      group.shutdownNow();
      assertTrue(group.awaitTermination(Deadline.LIMIT_SECONDS, SECONDS), "the group terminates");
    }
  }

  final <C extends AutoCloseable> C closeAfterTest(C resource) {
    opened.add(resource);
    return resource;
  }

  // ---- channels ----

  /** Opens an unconnected channel. */
  final AsynchronousSocketChannel openChannel() throws IOException {
    return closeAfterTest(groups.provider().openAsynchronousSocketChannel(group));
  }

  /** Opens an unbound server channel. */
  final AsynchronousServerSocketChannel openServer() throws IOException {
    return closeAfterTest(groups.provider().openAsynchronousServerSocketChannel(group));
  }

  /** Opens a server channel that listens on the loopback interface. */
  final AsynchronousServerSocketChannel listen() throws IOException {
    return openServer().bind(anyPort());
  }

  /** Opens a channel that is connected to a peer. */
  final ChannelPair connect() throws IOException {
    AsynchronousSocketChannel channel = openChannel();
    channel.setOption(StandardSocketOptions.SO_SNDBUF, SMALL_BUFFER); // fills fast
    Deadline.get(channel.connect(listenerAddress()));
    return new ChannelPair(channel, acceptPeer());
  }

  /** Accepts the peer of a channel that connects. */
  final Socket acceptPeer() throws IOException {
    return closeAfterTest(BlockingSockets.accept(listener));
  }

  /** The address of the peers. */
  final InetSocketAddress listenerAddress() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** Connects to a server channel. */
  final Socket connectTo(AsynchronousServerSocketChannel server) throws IOException {
    return closeAfterTest(BlockingSockets.connect(portOf(server)));
  }

  static int portOf(AsynchronousServerSocketChannel server) throws IOException {
    return ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  /** Returns an address at which a connect stays outstanding. */
  final InetSocketAddress silent() {
    return loopback(closeAfterTest(new SilentListener(Loopback.HOST)).port());
  }

  static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** An address of the loopback interface, with a port that the kernel picks. */
  static InetSocketAddress anyPort() {
    return loopback(0);
  }

  // ---- assertions ----

  /** Asserts that something throws exactly this. */
  static void assertThrown(Class<? extends Throwable> kind, Executable call) {
    Throwable thrown = assertThrows(kind, call);
    assertEquals(kind, thrown.getClass());
  }

  /** Asserts that a call throws some runtime exception. */
  static void assertRefused(Executable call) {
    assertThrows(RuntimeException.class, call);
  }

  static void assertClosed(Channel channel) {
    Deadline.await("the channel is closed", () -> !channel.isOpen());
  }
}
