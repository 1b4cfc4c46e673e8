package io.weir.internal.log;

import java.lang.System.Logger.Level;

/** Logs errors in places that must not throw. */
public final class ErrorLog {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private ErrorLog() {}

  /**
   * Logs an error. Never throws: after an OutOfMemoryError, or with a broken logger, the message is
   * lost.
   */
  public static void report(Level level, String text, Throwable error) {
    try {
      LOG.log(level, text, Printable.error(error));
    } catch (Throwable alsoFailed) {
      // There is nowhere left to report to.
    }
  }
}
