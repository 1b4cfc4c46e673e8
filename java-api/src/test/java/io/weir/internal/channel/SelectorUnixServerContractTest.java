package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelectorUnixServerContractTest extends AsyncServerChannelContract {

  @TempDir Path directory;

  @Override
  AsyncServerChannel listen() throws Exception {
    return SelectorSockets.listenIn(directory);
  }

  @Override
  RecordingHandler<AsyncByteChannel> beginToConnect() {
    return SelectorSockets.tellsOf(() -> SelectorSockets.connectFrom(directory, server));
  }

  @Override
  void assertNothingIsLeft() {
    SelectorSockets.assertNothingIsOpen();
  }

  @Test
  void a_path_can_be_bound_as_soon_as_its_server_is_closed() throws Exception {
    Path path = ((UnixDomainSocketAddress) server.localAddress()).getPath();
    for (int i = 0; i < 200; i++) {
      server.close();
      server = UnixChannels.bind(path, 1, null, /* cleanup= */ false, SelectorSockets.LOOPS);
    }

    assertEquals(UnixDomainSocketAddress.of(path), server.localAddress());
  }
}
