package io.weir;

import java.io.IOException;

/**
 * The peer sent more bytes before a separator than the reader's limit allows. The limit is raised
 * with {@link ConnectOptions#withLimit} or {@link ServerOptions#withLimit}.
 *
 * <p>asyncio: {@code LimitOverrunError}.
 */
public final class LimitOverrunException extends IOException {

  private static final long serialVersionUID = 1L;

  private final int consumed;

  LimitOverrunException(String what, int limit, int consumed) {
    super(
        what
            + " of "
            + limit
            + " bytes; raise it with withLimit(bytes) in the options of the connection or the"
            + " server");
    this.consumed = consumed;
  }

  /**
   * How many bytes can be passed over, in bytes from the first that has not been read: up to the
   * separator if it was found, or all that cannot be part of one. After {@link
   * StreamReader#readUntil}, {@code readExactly(consumed())} gets them; {@link
   * StreamReader#readLine} has dropped the line.
   */
  public int consumed() {
    return consumed;
  }
}
