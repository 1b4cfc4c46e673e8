package io.weir.internal.channel;

import io.weir.internal.log.Printable;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;

/** Closes without throwing. */
public final class Closeables {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private Closeables() {}

  /** Closes an object. Logs a failure at DEBUG, because no caller can handle it. */
  public static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, Printable.text("closing " + closeable + " failed"), Printable.error(e));
    }
  }
}
