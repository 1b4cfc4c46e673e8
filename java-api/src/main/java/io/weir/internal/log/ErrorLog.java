package io.weir.internal.log;

import java.lang.System.Logger.Level;

/** The library's log, for places that must not throw whatever happens. */
public final class ErrorLog {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private ErrorLog() {}

  /** Logs an error. Never throws: without memory, or with a broken log, the message is lost. */
  public static void report(Level level, String text, Throwable error) {
    try {
      LOG.log(level, text, Printable.error(error));
    } catch (Throwable alsoFailed) {
      // There is nowhere left to report to.
    }
  }
}
