package io.weir.testing;

import io.weir.InternalAccess;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.Transport;
import io.weir.internal.concurrent.VirtualTimers;
import io.weir.internal.stream.Connection;
import io.weir.internal.stream.ConnectionSettings;
import io.weir.internal.stream.Timeouts;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A connection over a scripted channel, in virtual time.
 *
 * @param channel what the test decides
 * @param timers the time
 * @param connection the connection
 * @param reader its reading end
 * @param writer its writing end
 * @param ends how often the connection has reached its end
 */
public record ScriptedConnection(
    ScriptedChannel channel,
    VirtualTimers timers,
    Connection connection,
    StreamReader reader,
    StreamWriter writer,
    AtomicInteger ends) {

  /** A connection that reads. */
  public static ScriptedConnection open() {
    return open(StreamReader.DEFAULT_LIMIT);
  }

  /** A connection that reads, with a limit for its reader. */
  public static ScriptedConnection open(int limit) {
    ScriptedConnection scripted = made(limit);
    scripted.connection.watch();
    scripted.connection.start();
    return scripted;
  }

  /** A connection that reads, and ends by itself. */
  public static ScriptedConnection open(Timeouts timeouts) {
    return open(new ConnectionSettings(StreamReader.DEFAULT_LIMIT, null, timeouts));
  }

  /** A connection that reads, with any settings. */
  public static ScriptedConnection open(ConnectionSettings settings) {
    ScriptedConnection scripted = made(settings);
    scripted.connection.watch();
    scripted.connection.start();
    return scripted;
  }

  /** A connection that has not begun to read. */
  public static ScriptedConnection made(int limit) {
    return made(ConnectionSettings.of(limit));
  }

  private static ScriptedConnection made(ConnectionSettings terms) {
    ScriptedChannel channel = new ScriptedChannel();
    VirtualTimers timers = new VirtualTimers();
    AtomicInteger ends = new AtomicInteger();
    Connection connection = new Connection(channel, terms, timers, ended -> ends.incrementAndGet());
    StreamConnection streams = InternalAccess.streams(connection);
    return new ScriptedConnection(
        channel, timers, connection, streams.reader(), streams.writer(), ends);
  }

  /** The writer of a connection that was made by hand. */
  public static StreamWriter writerOf(Connection connection) {
    return InternalAccess.streams(connection).writer();
  }

  /** The reader of a connection that was made by hand. */
  public static StreamReader readerOf(Connection connection) {
    return InternalAccess.streams(connection).reader();
  }

  public Transport transport() {
    return writer.transport();
  }
}
