package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TcpServerChannelContractTest extends AsyncServerChannelContract {

  private final TcpGroup group;

  TcpServerChannelContractTest() throws Exception {
    group = new TcpGroup();
  }

  @Override
  AsyncServerChannel listen() throws Exception {
    return group.listen();
  }

  @Override
  RecordingHandler<AsyncByteChannel> beginToConnect() throws Exception {
    return group.connect(server);
  }

  @Override
  void assertNothingIsLeft() throws Exception {
    group.assertNothingIsOpen();
  }

  @Test
  void the_kernel_picks_the_port() {
    assertNotEquals(0, address().getPort());
  }

  @Test
  void a_port_in_use_is_refused_and_can_be_bound_after_closing() throws Exception {
    assertThrows(
        BindException.class,
        () -> new TcpSockets(group.group, Runnable::run).listen(address(), 1, Map.of()));
    server.close();
    AsyncServerChannel again =
        new TcpSockets(group.group, Runnable::run).listen(address(), 1, Map.of());

    assertEquals(address(), again.localAddress());
    again.close();
    assertFalse(again.isOpen());
  }

  @Test
  void an_option_can_be_set() throws Exception {
    server.option(StandardSocketOptions.SO_REUSEADDR, false);

    assertEquals(false, server.option(StandardSocketOptions.SO_REUSEADDR));
  }

  private InetSocketAddress address() {
    return (InetSocketAddress) server.localAddress();
  }
}
