package io.weir.internal.jfr;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** Converts values to the texts of events. */
final class EventText {

  private EventText() {}

  /** Returns the text of an address, or null for an unknown one. */
  static @Nullable String of(@Nullable SocketAddress address) {
    return address == null ? null : address.toString();
  }

  /** Returns the text of an error, or null for none. The class when the error has no text. */
  static @Nullable String of(@Nullable Throwable error) {
    try {
      return error == null ? null : error.toString();
    } catch (Throwable thrown) { // the error may be of a program's own class
      return error.getClass().getName();
    }
  }
}
