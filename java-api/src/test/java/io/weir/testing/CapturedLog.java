package io.weir.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** What the logger {@code io.weir} is told, until it is closed. */
public final class CapturedLog implements AutoCloseable {

  private final Logger logger = Logger.getLogger("io.weir");
  private final @Nullable Level levelBefore = logger.getLevel();
  private final boolean wasSpeaking = logger.getUseParentHandlers();
  private final List<LogRecord> records = new CopyOnWriteArrayList<>();
  private final Handler handler;

  /** Listens to warnings and worse from now on, and keeps the messages from the console. */
  public CapturedLog() {
    this(Level.WARNING);
  }

  private CapturedLog(Level least) {
    handler = new Keeping(least);
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  /** Listens to what is for the debug log as well. */
  public static CapturedLog ofDebugging() {
    CapturedLog log = new CapturedLog(Level.FINE);
    log.logger.setLevel(Level.FINE);
    return log;
  }

  /** The messages that it was told so far. */
  public List<String> messages() {
    return records.stream().map(LogRecord::getMessage).toList();
  }

  /** All that it was told so far. */
  public List<LogRecord> records() {
    return List.copyOf(records);
  }

  /** What it is told first. */
  public LogRecord awaitRecord() {
    Deadline.await("the log is told something", () -> !records.isEmpty());
    return records.get(0);
  }

  @Override
  public void close() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(wasSpeaking);
    logger.setLevel(levelBefore);
  }

  private final class Keeping extends Handler {

    Keeping(Level least) {
      setLevel(least);
    }

    @Override
    public void publish(LogRecord record) {
      if (isLoggable(record)) {
        records.add(record);
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
