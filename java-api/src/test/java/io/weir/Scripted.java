package io.weir;

import io.weir.internal.concurrent.VirtualTimers;
import io.weir.internal.stream.Connection;
import io.weir.internal.stream.ConnectionSettings;
import io.weir.internal.stream.Timeouts;
import io.weir.internal.tls.TlsPeer;
import io.weir.testing.ScriptedChannel;
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
record Scripted(
    ScriptedChannel channel,
    VirtualTimers timers,
    Connection connection,
    StreamReader reader,
    StreamWriter writer,
    AtomicInteger ends) {

  /** A connection that reads. */
  static Scripted open() {
    return open(StreamReader.DEFAULT_LIMIT);
  }

  /** A connection that reads, with a limit for its reader. */
  static Scripted open(int limit) {
    Scripted scripted = made(limit);
    scripted.connection.watch();
    scripted.connection.start();
    return scripted;
  }

  /** A connection that reads, and ends by itself. */
  static Scripted open(Timeouts timeouts) {
    Scripted scripted = made(new ConnectionSettings(StreamReader.DEFAULT_LIMIT, null, timeouts));
    scripted.connection.watch();
    scripted.connection.start();
    return scripted;
  }

  /** A connection that has not begun to read. */
  static Scripted made(int limit) {
    return made(ConnectionSettings.of(limit));
  }

  private static Scripted made(ConnectionSettings terms) {
    ScriptedChannel channel = new ScriptedChannel();
    VirtualTimers timers = new VirtualTimers();
    AtomicInteger ends = new AtomicInteger();
    Connection connection = new Connection(channel, terms, timers, ended -> ends.incrementAndGet());
    TransportHandle transport = transportOf(connection);
    return new Scripted(
        channel,
        timers,
        connection,
        new StreamReader(connection, transport),
        new StreamWriter(connection, transport),
        ends);
  }

  /** The writer of a connection that was made by hand. */
  static StreamWriter writerOf(Connection connection) {
    return new StreamWriter(connection, transportOf(connection));
  }

  /** The reader of a connection that was made by hand. */
  static StreamReader readerOf(Connection connection) {
    return new StreamReader(connection, transportOf(connection));
  }

  private static TransportHandle transportOf(Connection connection) {
    return new TransportHandle(connection, TlsPeer.NEITHER, AsyncRuntime.shared().io().tls());
  }

  Transport transport() {
    return writer.transport();
  }
}
