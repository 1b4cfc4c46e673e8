package io.weir;

/**
 * What a connection is to keep to.
 *
 * @param limit of its reader, in bytes
 * @param callbacks where its futures complete
 * @param timeouts when it ends by itself
 */
record Terms(int limit, Callbacks callbacks, Timeouts timeouts) {

  /** A limit, futures that complete where they can, and no timeouts. */
  static Terms of(int limit) {
    return new Terms(limit, Callbacks.HERE, Timeouts.NONE);
  }
}
