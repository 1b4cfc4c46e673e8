package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.net.StandardSocketOptions;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelectorTcpContractTest extends AsyncByteChannelContract {

  @Override
  List<AsyncByteChannel> openPair() throws Exception {
    AsyncServerChannel server = SelectorSockets.listenOnTcp();
    return SelectorSockets.pair(server, () -> SelectorSockets.connectTcp(server));
  }

  @Override
  void assertNothingIsLeft() {
    SelectorSockets.assertNothingIsOpen();
  }

  @Test
  void small_writes_are_not_delayed() throws Exception {
    assertEquals(true, left.option(StandardSocketOptions.TCP_NODELAY));
    assertEquals(true, right.option(StandardSocketOptions.TCP_NODELAY));
  }

  @Test
  void the_user_at_the_other_end_is_not_known() {
    assertNull(left.extraInfo("peercred"));
  }
}
