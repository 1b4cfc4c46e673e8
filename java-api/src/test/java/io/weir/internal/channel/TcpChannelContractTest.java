package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.StandardSocketOptions;
import java.util.List;
import org.junit.jupiter.api.Test;

class TcpChannelContractTest extends AsyncByteChannelContract {

  private final TcpGroup group;

  TcpChannelContractTest() throws Exception {
    group = new TcpGroup();
  }

  @Override
  List<AsyncByteChannel> openPair() throws Exception {
    return group.pair();
  }

  @Override
  void assertNothingIsLeft() throws Exception {
    group.assertNothingIsOpen();
  }

  @Test
  void small_writes_are_not_delayed() throws Exception {
    assertEquals(true, left.option(StandardSocketOptions.TCP_NODELAY));
    assertEquals(true, right.option(StandardSocketOptions.TCP_NODELAY));
  }
}
