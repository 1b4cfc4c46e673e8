package io.weir.benchmarks.load;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a client does.
 *
 * @param port where the server listens, on this machine
 * @param connections how many there are
 * @param size the bytes of a message
 * @param depth how many messages of a connection are under way at once
 * @param lines whether each message ends with a line feed
 * @param bulk whether nothing comes back
 * @param tls whether to speak TLS
 * @param warmup the seconds before it counts
 * @param seconds the seconds that count
 * @param serverPid the server's process, null when it is not known
 */
public record LoadPlan(
    int port,
    int connections,
    int size,
    int depth,
    boolean lines,
    boolean bulk,
    boolean tls,
    double warmup,
    double seconds,
    @Nullable Long serverPid) {

  /** Refuses what makes no load. */
  public LoadPlan {
    if (connections < 1 || size < 1 || depth < 1) {
      throw new IllegalArgumentException("connections, size and depth are 1 or more");
    }
    if (warmup < 0 || seconds <= 0) {
      throw new IllegalArgumentException("--warmup is 0 or more, --seconds is more than 0");
    }
  }

  InetSocketAddress server() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** A number of messages, one after another. */
  byte[] messages(int count) {
    byte[] bytes = new byte[Math.multiplyExact(size, count)];
    Arrays.fill(bytes, (byte) 'w');
    if (lines) {
      for (int end = size - 1; end < bytes.length; end += size) {
        bytes[end] = '\n';
      }
    }
    return bytes;
  }
}
