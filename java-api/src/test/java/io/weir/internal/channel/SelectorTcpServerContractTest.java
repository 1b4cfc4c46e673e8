package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import org.junit.jupiter.api.Test;

class SelectorTcpServerContractTest extends AsyncServerChannelContract {

  @Override
  AsyncServerChannel listen() throws Exception {
    return SelectorSockets.listenOnTcp();
  }

  @Override
  RecordingHandler<AsyncByteChannel> beginToConnect() {
    return SelectorSockets.tellsOf(() -> SelectorSockets.connectTcp(server));
  }

  @Override
  void assertNothingIsLeft() {
    SelectorSockets.assertNothingIsOpen();
  }

  @Test
  void a_port_can_be_bound_as_soon_as_its_server_is_closed() throws Exception {
    SocketAddress address = server.localAddress();
    for (int i = 0; i < 200; i++) {
      server.close();
      ServerSocketChannel again = ServerSocketChannel.open().bind(address);
      server = UnixChannels.adopt(again, /* cleanup= */ true, SelectorSockets.LOOPS);
    }

    assertEquals(address, server.localAddress());
  }
}
