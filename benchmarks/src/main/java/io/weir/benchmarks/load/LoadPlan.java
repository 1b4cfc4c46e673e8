package io.weir.benchmarks.load;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a client does.
 *
 * @param port the server's port on this machine
 * @param connections the number of connections
 * @param size the bytes of a message
 * @param depth the number of messages in flight on each connection
 * @param lines whether each message ends with a line feed
 * @param bulk whether the server sends nothing back
 * @param tls whether to speak TLS
 * @param warmup the seconds before measuring
 * @param seconds the seconds of measuring
 * @param serverPid the server's process; null when unknown
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

  /** Checks that the values make a load. */
  public LoadPlan {
    if (connections < 1 || size < 1 || depth < 1) {
      throw new IllegalArgumentException("--connections, --size and --depth must be 1 or more");
    }
    if (warmup < 0 || seconds <= 0) {
      throw new IllegalArgumentException("--warmup must be 0 or more, and --seconds more than 0");
    }
  }

  InetSocketAddress server() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Returns a number of messages, one after another. */
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
