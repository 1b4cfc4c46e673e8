package io.weir.internal.channel;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

class OneByteUnixContractTest extends AsyncByteChannelContract {

  @TempDir Path directory;

  @Override
  List<AsyncByteChannel> openPair() throws Exception {
    AsyncServerChannel server = SelectorSockets.listenIn(directory);
    return SelectorSockets.pair(server, () -> SelectorSockets.connectFrom(directory, server))
        .stream()
        .<AsyncByteChannel>map(OneByteChannel::new)
        .toList();
  }

  @Override
  void assertNothingIsLeft() {
    SelectorSockets.assertNothingIsOpen();
  }

  @Override
  int volume() {
    return 4 * 1024;
  }
}
