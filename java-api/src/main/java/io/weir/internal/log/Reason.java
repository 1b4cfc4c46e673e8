package io.weir.internal.log;

/** The text of an error, as a part of the message of another error. */
public final class Reason {

  private Reason() {}

  /** Returns the message of an error, or the name of its class when it has none. */
  public static String of(Throwable error) {
    String message = error.getMessage();
    return message == null ? error.toString() : message;
  }
}
