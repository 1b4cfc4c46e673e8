package io.weir.internal.stream;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When a connection ends by itself.
 *
 * @param idle how long it may carry nothing, in either direction; null for any time
 * @param read how long one read may wait; null for any time
 */
public record Timeouts(@Nullable Duration idle, @Nullable Duration read) {

  public static final Timeouts NONE = new Timeouts(null, null);

  public boolean areNone() {
    return idle == null && read == null;
  }
}
