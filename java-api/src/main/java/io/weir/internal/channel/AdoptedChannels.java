package io.weir.internal.channel;

import java.nio.channels.Channel;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * The channels that programs have handed over. One that has been handed over belongs to its
 * connection or server, and to no second one: both would take the bytes of each other.
 */
public final class AdoptedChannels {

  private static final Set<Channel> CHANNELS =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private AdoptedChannels() {}

  /**
   * Takes note of a channel.
   *
   * @throws IllegalStateException when it has been handed over before; it is then not to be touched
   */
  public static void claim(Channel channel) {
    if (!CHANNELS.add(channel)) {
      throw new IllegalStateException(
          "channel is "
              + channel
              + ": it belongs to a connection or a server already, so hand over another");
    }
  }
}
