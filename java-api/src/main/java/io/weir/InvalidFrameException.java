package io.weir;

import java.io.IOException;

/** Reports bytes that a decoder of this library cannot decode: a length that no frame has. */
public final class InvalidFrameException extends IOException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what is invalid
   */
  public InvalidFrameException(String message) {
    super(message);
  }
}
