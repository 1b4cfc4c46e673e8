package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AcceptPendingException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link AsyncServerChannel} promises to those above it. */
abstract class AsyncServerChannelContract {

  private final List<AsyncByteChannel> opened = new ArrayList<>();

  AsyncServerChannel server;

  /** A channel that listens. */
  abstract AsyncServerChannel listen() throws Exception;

  /** Begins to connect to the server. */
  abstract RecordingHandler<AsyncByteChannel> beginToConnect() throws Exception;

  /** Fails if a channel that was opened has left anything behind; all have been closed. */
  abstract void assertNothingIsLeft() throws Exception;

  @BeforeEach
  void open() throws Exception {
    server = listen();
  }

  @AfterEach
  void close() throws Exception {
    server.close();
    opened.forEach(AsyncByteChannel::abort);
    assertNothingIsLeft();
  }

  @Test
  void a_connection_is_accepted() throws Exception {
    RecordingHandler<AsyncByteChannel> accept = RecordingHandler.by(server::accept);
    assertFalse(accept.isDone());
    AsyncByteChannel client = connect();
    AsyncByteChannel accepted = opened(accept);

    assertEquals(client.localAddress(), accepted.remoteAddress());
    assertEquals(1, accept.calls());
    assertTrue(accepted.isOpen());
  }

  @Test
  void a_connection_waits_for_its_accept() throws Exception {
    AsyncByteChannel client = connect();
    AsyncByteChannel accepted = opened(RecordingHandler.by(server::accept));

    assertEquals(client.localAddress(), accepted.remoteAddress());
  }

  @Test
  void each_connection_is_accepted_once() throws Exception {
    Set<@Nullable SocketAddress> clients = new HashSet<>();
    Set<@Nullable SocketAddress> accepted = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      clients.add(connect().localAddress());
    }
    for (int i = 0; i < 40; i++) {
      accepted.add(opened(RecordingHandler.by(server::accept)).remoteAddress());
    }

    assertEquals(clients, accepted);
    assertEquals(40, accepted.size());
  }

  @Test
  void a_connection_can_be_used_as_soon_as_it_is_accepted() throws Exception {
    AsyncByteChannel client = connect();
    AsyncByteChannel accepted = opened(RecordingHandler.by(server::accept));
    RecordingHandler.byWrite(accepted, ByteBuffer.wrap(new byte[] {42})).value();
    ByteBuffer dst = ByteBuffer.allocate(1);

    assertEquals(1, RecordingHandler.byRead(client, dst).value());
    assertEquals(42, dst.get(0));
  }

  @Test
  void a_second_accept_is_refused_and_the_first_goes_on() throws Exception {
    RecordingHandler<AsyncByteChannel> first = RecordingHandler.by(server::accept);

    assertThrows(AcceptPendingException.class, () -> RecordingHandler.by(server::accept));

    connect();
    assertTrue(opened(first).isOpen());
    assertEquals(1, first.calls());
  }

  @Test
  void closing_ends_a_waiting_accept() throws Exception {
    RecordingHandler<AsyncByteChannel> accept = RecordingHandler.by(server::accept);
    server.close();

    assertInstanceOf(AsynchronousCloseException.class, accept.failure());
    assertEquals(1, accept.calls());
  }

  @Test
  void accepting_on_a_closed_channel_fails_through_the_handler() throws Exception {
    server.close();
    RecordingHandler<AsyncByteChannel> accept = RecordingHandler.by(server::accept);

    assertInstanceOf(ClosedChannelException.class, accept.failure());
    assertEquals(1, accept.calls());
  }

  @Test
  void it_can_be_closed_twice() {
    assertTrue(server.isOpen());
    server.close();
    server.close();

    assertFalse(server.isOpen());
  }

  @Test
  void a_closed_channel_is_not_connected_to() throws Exception {
    server.close();

    assertInstanceOf(IOException.class, beginToConnect().failure());
  }

  @Test
  void connections_that_were_accepted_outlive_it() throws Exception {
    AsyncByteChannel client = connect();
    AsyncByteChannel accepted = opened(RecordingHandler.by(server::accept));
    server.close();
    RecordingHandler.byWrite(client, ByteBuffer.wrap(new byte[] {7})).value();
    ByteBuffer dst = ByteBuffer.allocate(1);

    assertEquals(1, RecordingHandler.byRead(accepted, dst).value());
    assertEquals(7, dst.get(0));
  }

  @Test
  void a_peer_that_has_gone_does_not_end_accepting() throws Exception {
    connect().abort();
    AsyncByteChannel client = connect();
    AsyncByteChannel accepted = opened(RecordingHandler.by(server::accept));
    if (!accepted.remoteAddress().equals(client.localAddress())) {
      accepted =
          opened(RecordingHandler.by(server::accept)); // the first was handed over with its end
    }

    assertEquals(client.localAddress(), accepted.remoteAddress());
  }

  @Test
  void its_address_is_known_after_closing() {
    SocketAddress address = server.localAddress();
    server.close();

    assertEquals(address, server.localAddress());
    assertNull(server.remoteAddress());
  }

  @Test
  void its_text_tells_address_and_state() {
    assertTrue(server.toString().contains(server.localAddress().toString()), server.toString());
    server.close();

    assertTrue(server.toString().contains("closed"), server.toString());
  }

  @Test
  void every_supported_option_can_be_read_until_it_is_closed() throws Exception {
    for (SocketOption<?> option : server.supportedOptions()) {
      server.option(option);
    }
    server.close();

    for (SocketOption<?> option : server.supportedOptions()) {
      assertThrows(ClosedChannelException.class, () -> server.option(option), option::name);
    }
    assertFalse(server.isOpen());
  }

  private AsyncByteChannel connect() throws Exception {
    return opened(beginToConnect());
  }

  private AsyncByteChannel opened(RecordingHandler<AsyncByteChannel> told) throws Exception {
    AsyncByteChannel channel = told.value();
    opened.add(channel);
    return channel;
  }
}
