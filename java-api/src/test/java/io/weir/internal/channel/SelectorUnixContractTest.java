package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelectorUnixContractTest extends AsyncByteChannelContract {

  @TempDir Path directory;

  @Override
  List<AsyncByteChannel> openPair() throws Exception {
    AsyncServerChannel server = SelectorSockets.listenIn(directory);
    return SelectorSockets.pair(server, () -> SelectorSockets.connectFrom(directory, server));
  }

  @Override
  void assertNothingIsLeft() {
    SelectorSockets.assertNothingIsOpen();
  }

  @Test
  void each_end_knows_the_user_at_the_other_also_after_the_end() {
    assertNotNull(left.extraInfo("peercred"));
    assertEquals(left.extraInfo("peercred"), right.extraInfo("peercred"));
    left.abort();

    assertEquals(left.extraInfo("peercred"), right.extraInfo("peercred"));
  }
}
