package io.weir.internal.channel;

import java.nio.channels.Channel;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * Remembers the adopted channels. A channel belongs to one connection or server: two would read
 * each other's bytes.
 */
public final class AdoptedChannels {

  private static final Set<Channel> CHANNELS =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private AdoptedChannels() {}

  /**
   * Marks a channel as adopted.
   *
   * @throws IllegalStateException when the channel was adopted before; the caller must not use it
   */
  public static void claim(Channel channel) {
    if (!CHANNELS.add(channel)) {
      throw new IllegalStateException(
          "channel is "
              + channel
              + ": it belongs to a connection or a server already; adopt another channel");
    }
  }
}
