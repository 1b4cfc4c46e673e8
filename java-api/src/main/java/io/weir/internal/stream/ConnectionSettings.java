package io.weir.internal.stream;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a connection.
 *
 * @param limit the limit of its reader, in bytes
 * @param callbackExecutor the program's executor that completes its futures; null for the channel's
 *     own thread
 * @param timeouts when it closes automatically
 */
public record ConnectionSettings(
    int limit, @Nullable Executor callbackExecutor, Timeouts timeouts) {

  /** A limit, futures that complete on the channel's thread, and no timeouts. */
  public static ConnectionSettings of(int limit) {
    return new ConnectionSettings(limit, null, Timeouts.NONE);
  }
}
