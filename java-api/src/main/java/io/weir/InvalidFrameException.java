package io.weir;

import java.io.IOException;

/** Reports that the length prefix of a frame is invalid. */
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
