package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.MemoryChannel;
import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.stream.Connection;
import io.weir.internal.stream.ConnectionSettings;
import io.weir.internal.tls.TlsPeer;

/**
 * Connections inside this process, without a socket: for tests of code that talks over streams.
 * They behave as any other, with back-pressure, half-close and abort.
 *
 * <p><b>Threads.</b> No I/O thread stands behind them. What one end does completes the futures of
 * the other on the same thread, at the end of its outermost call of the library, after all state
 * has changed. So tests are deterministic, on virtual time too. What a timeout or a task of a TLS
 * handshake leads to completes on a callback thread of the shared runtime. A callback must not
 * wait: {@code join} and {@code get} of an unfinished future throw there.
 *
 * <p>Neither end is the server: {@link StreamWriter#startTls(TlsOptions, TlsSide)} says which side
 * to play.
 */
public final class MemoryStreams {

  /** How many bytes can be on their way in one direction, besides the buffers of the two ends. */
  private static final int CAPACITY = 64 * 1024;

  private MemoryStreams() {}

  /**
   * Two ends of a connection.
   *
   * @param first the one end
   * @param second the other end
   */
  public record Pair(StreamConnection first, StreamConnection second) {}

  /** Makes two connected ends with a limit of {@link StreamReader#DEFAULT_LIMIT}. */
  public static Pair pair() {
    return pair(StreamReader.DEFAULT_LIMIT);
  }

  /**
   * Makes two connected ends.
   *
   * @param limit the limit of both readers, in bytes, more than 0
   */
  public static Pair pair(int limit) {
    Check.positive("limit", limit);
    MemoryChannel.Pair channels = MemoryChannel.pair(CAPACITY);
    return new Pair(open(channels.left(), limit), open(channels.right(), limit));
  }

  private static StreamConnection open(AsyncByteChannel channel, int limit) {
    IoRuntime runtime = AsyncRuntime.shared().io();
    Connection connection =
        new Connection(channel, ConnectionSettings.of(limit), runtime.timers(), closed -> {});
    StreamConnection streams = StreamFactory.create(connection, TlsPeer.NEITHER, runtime);
    connection.start();
    return streams;
  }
}
