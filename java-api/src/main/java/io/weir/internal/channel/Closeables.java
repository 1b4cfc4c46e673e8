package io.weir.internal.channel;

import io.weir.internal.log.Printable;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;

/** Closes what nobody uses any more. */
public final class Closeables {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private Closeables() {}

  /** Closes; a failure is for the debug log, as there is nobody left whom it concerns. */
  public static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, Printable.text("closing " + closeable + " failed"), Printable.error(e));
    }
  }
}
