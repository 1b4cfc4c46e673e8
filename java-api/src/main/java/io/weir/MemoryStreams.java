package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.MemoryChannel;
import io.weir.internal.concurrent.StackRoom;
import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.stream.Connection;
import io.weir.internal.stream.ConnectionSettings;
import io.weir.internal.tls.TlsPeer;
import java.util.Objects;

/**
 * Connections inside this process, without a socket, for tests. They have back-pressure, half-close
 * and abort like other connections.
 *
 * <p><b>Threads.</b> There is no I/O thread. A call on one end completes futures of the other end
 * on the same thread. Their callbacks run at the end of the thread's outermost call into the
 * library, after all state has changed. So tests are deterministic, also on virtual time. Timeouts
 * and the tasks of TLS handshakes complete futures on a callback thread of the shared runtime. A
 * callback must not block: {@code join} and {@code get} of an unfinished future throw there.
 *
 * <p>Neither end is the server, so TLS needs {@link StreamWriter#startTls(TlsOptions, TlsSide)}.
 */
public final class MemoryStreams {

  /** The buffer between the two ends, in bytes per direction. */
  private static final int CAPACITY = 64 * 1024;

  private MemoryStreams() {}

  /**
   * The two ends of a connection.
   *
   * @param first one end
   * @param second the other end
   */
  public record Pair(StreamConnection first, StreamConnection second) {

    /** Creates a pair. */
    public Pair {
      Objects.requireNonNull(first, "first");
      Objects.requireNonNull(second, "second");
    }
  }

  /** Creates a connection with a limit of {@link StreamReader#DEFAULT_LIMIT}. */
  public static Pair pair() {
    return pair(StreamReader.DEFAULT_LIMIT);
  }

  /**
   * Creates a connection.
   *
   * @param limit the limit of both readers, in bytes, more than 0
   */
  public static Pair pair(int limit) {
    Check.positive("limit", limit);
    StackRoom.require();
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
