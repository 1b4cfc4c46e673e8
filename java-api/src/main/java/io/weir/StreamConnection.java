package io.weir;

/**
 * The two ends of a connection that has been opened. Closing it closes the writer, and with it both
 * directions.
 *
 * @param reader what the peer sends
 * @param writer what goes to the peer
 */
public record StreamConnection(StreamReader reader, StreamWriter writer) implements AutoCloseable {

  /** The same as {@link StreamWriter#close}: returns at once, what is queued is still written. */
  @Override
  public void close() {
    writer.close();
  }
}
