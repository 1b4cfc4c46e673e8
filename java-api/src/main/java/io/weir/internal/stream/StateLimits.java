package io.weir.internal.stream;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How long the temporary states of {@link Lifecycle} may last. */
public final class StateLimits {

  /**
   * How long the peer's EOF may be held back while it may hide a reset. After a reset, the write
   * that shows it fails within microseconds.
   */
  public static final Duration DOUBT = Duration.ofMillis(20);

  /** How long a socket that seems dead may take to show it. */
  public static final Duration PATIENCE = Duration.ofSeconds(1);

  /** How long a peer that has been sent EOF may take to close its half. */
  public static final Duration LINGER = Duration.ofSeconds(1);

  private StateLimits() {}

  /** Returns the limit of a state, or null when it has none. */
  static @Nullable Duration of(Lifecycle.State state) {
    if (state instanceof Lifecycle.Doubting doubting) {
      return doubting.cut() == null ? DOUBT : PATIENCE; // TLS that is cut off is an error anyway
    }
    if (state instanceof Lifecycle.Lingering) {
      return LINGER;
    }
    return state instanceof Lifecycle.DrainingInput ? PATIENCE : null;
  }
}
