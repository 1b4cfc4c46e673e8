package io.weir.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the logger {@code io.weir} is told, warnings and worse, until it is closed. */
public final class LogOfWeir implements AutoCloseable {

  private final Logger logger = Logger.getLogger("io.weir");
  private final boolean wasSpeaking = logger.getUseParentHandlers();
  private final List<String> messages = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
            messages.add(record.getMessage());
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  /** Listens from now on, and keeps the messages from the console. */
  public LogOfWeir() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  /** What it was told so far. */
  public List<String> messages() {
    return messages;
  }

  @Override
  public void close() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(wasSpeaking);
  }
}
