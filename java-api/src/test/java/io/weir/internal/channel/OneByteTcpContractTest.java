package io.weir.internal.channel;

import java.util.List;

class OneByteTcpContractTest extends AsyncByteChannelContract {

  private final TcpGroup group;

  OneByteTcpContractTest() throws Exception {
    group = new TcpGroup();
  }

  @Override
  List<AsyncByteChannel> openPair() throws Exception {
    return group.pair().stream().<AsyncByteChannel>map(OneByteChannel::new).toList();
  }

  @Override
  void assertNothingIsLeft() throws Exception {
    group.assertNothingIsOpen();
  }

  @Override
  int volume() {
    return 4 * 1024;
  }
}
