package io.weir;

/** Opens connections and starts servers. */
public final class AsyncStreams {
  private AsyncStreams() {}
}
