package io.weir.internal.stream;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When a connection closes automatically.
 *
 * @param idle how long nothing may be read or written; null for no limit
 * @param read how long one read may wait; null for no limit
 * @param write how long the channel may accept nothing of what is queued; null for no limit
 */
public record Timeouts(@Nullable Duration idle, @Nullable Duration read, @Nullable Duration write) {

  public static final Timeouts NONE = new Timeouts(null, null, null);

  public boolean areNone() {
    return idle == null && read == null && write == null;
  }

  @Override
  public String toString() {
    return "idleTimeout=" + idle + ", readTimeout=" + read + ", writeTimeout=" + write;
  }
}
