package io.weir.channels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.weir.testing.Loopback;
import io.weir.testing.SilentListener;
import java.io.IOException;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Connects that the kernel refuses when it tries again, after a second. */
class RefusedLaterTest {

  @Test
  void an_outstanding_connect_that_fails_closes_the_channel() throws Exception {
    Map<ChannelGroups, AsynchronousSocketChannel> channels = new EnumMap<>(ChannelGroups.class);
    Map<ChannelGroups, Outcome<Void>> connects = new EnumMap<>(ChannelGroups.class);
    try (SilentListener listener = new SilentListener(Loopback.HOST)) {
      for (ChannelGroups groups : ChannelGroups.values()) {
        AsynchronousSocketChannel channel =
            groups.provider().openAsynchronousSocketChannel(groups.open());
        channels.put(groups, channel);
        connects.put(
            groups,
            Outcome.of(
                handler ->
                    channel.connect(ChannelContract.loopback(listener.port()), null, handler)));
      }
    }
    for (ChannelGroups groups : ChannelGroups.values()) {
      connects.get(groups).failure(IOException.class);
      assertFalse(channels.get(groups).isOpen(), groups::name);
      assertEquals(1, connects.get(groups).calls());
    }
  }
}
