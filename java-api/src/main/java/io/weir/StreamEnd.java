package io.weir;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * How an incoming stream ended.
 *
 * @param error why it broke off, or null for an orderly end
 */
record StreamEnd(@Nullable IOException error) {

  static final StreamEnd EOF = new StreamEnd(null);

  boolean isEof() {
    return error == null;
  }

  @Override
  public String toString() {
    return error == null ? "eof" : error.toString();
  }
}
