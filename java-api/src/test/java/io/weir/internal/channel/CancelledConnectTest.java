package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.ChannelProviders;
import io.weir.testing.Loopback;
import io.weir.testing.SilentListener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class CancelledConnectTest {

  /** Otherwise each select returns at once when the connection comes: nothing finishes it. */
  @Test
  void a_cancelled_connect_leaves_no_interest_in_OP_CONNECT() throws Exception {
    SelectorChannelGroup group = ChannelProviders.selectors("test", 1);
    try (SilentListener listener = new SilentListener(Loopback.HOST);
        SelectorSocketChannel channel = SelectorSocketChannel.open(group)) {
      Future<Void> connect =
          channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.port()));
      assertEquals(SelectionKey.OP_CONNECT, channel.key.interestOps());

      assertTrue(connect.cancel(false));
      assertEquals(0, channel.key.interestOps());
    } finally {
      group.shutdownNow();
    }
  }
}
