package io.weir;

import java.io.IOException;

/**
 * Reports that the peer sent more bytes before a separator than the reader's limit allows. {@link
 * ConnectOptions#withLimit} and {@link ServerOptions#withLimit} set the limit. A value of a {@link
 * Decoder} has the limit of its decoder, which {@link Decoder#withLimit} sets.
 *
 * <p>asyncio: {@code LimitOverrunError}.
 */
public final class LimitOverrunException extends IOException {

  private static final long serialVersionUID = 1L;

  private final int consumed;

  /**
   * Creates the exception.
   *
   * @param message what exceeds the limit, and the limit
   * @param consumed the value of {@link #consumed()}
   */
  public LimitOverrunException(String message, int consumed) {
    super(message);
    this.consumed = consumed;
  }

  /**
   * Returns the number of unread bytes before the separator. When no separator was found, it is the
   * number of bytes that cannot be part of one. After {@link StreamReader#readUntil}, {@code
   * readExactly(consumed())} returns these bytes. {@link StreamReader#readLine} has dropped them.
   * For a value of a {@link Decoder}, it is the number of its bytes that have been received.
   */
  public int consumed() {
    return consumed;
  }
}
