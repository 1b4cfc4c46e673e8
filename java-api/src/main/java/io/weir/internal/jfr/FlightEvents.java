package io.weir.internal.jfr;

import io.weir.CloseReason;
import io.weir.ConnectionInfo;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Records events, where the JDK has the module {@code jdk.jfr}. An event that is not recorded costs
 * one check: its arguments are suppliers, or exist already.
 */
public final class FlightEvents {

  /**
   * The classes of events need the module. An application that is a module has it only when a
   * module requires it, or with {@code --add-modules jdk.jfr}.
   */
  private static final boolean ARE_AVAILABLE = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private FlightEvents() {}

  /**
   * Records how long a connect takes.
   *
   * @param target the host and port, or the path
   * @param opened the future of the connection
   */
  public static void connect(String target, CompletionStage<?> opened) {
    if (ARE_AVAILABLE) {
      ConnectEvent.record(target, opened);
    }
  }

  /** Records an accepted connection. */
  public static void accept(
      Supplier<@Nullable SocketAddress> local, Supplier<@Nullable SocketAddress> peer) {
    if (ARE_AVAILABLE) {
      AcceptEvent.record(local, peer);
    }
  }

  /**
   * Records how long a TLS handshake takes.
   *
   * @param peer the peer's address
   * @param done the future of the handshake
   */
  public static void handshake(Supplier<@Nullable SocketAddress> peer, CompletionStage<?> done) {
    if (ARE_AVAILABLE) {
      TlsHandshakeEvent.record(peer, done);
    }
  }

  /**
   * Records how long a writer waits for a peer that does not read.
   *
   * @param peer the peer's address
   * @param queued the number of bytes in the write queue
   * @param drained the future of a pending drain
   */
  public static void stall(
      Supplier<@Nullable SocketAddress> peer, long queued, CompletionStage<?> drained) {
    if (ARE_AVAILABLE) {
      WriterStallEvent.record(peer, queued, drained);
    }
  }

  /** Records a closed connection. */
  public static void close(Supplier<ConnectionInfo> connection, CloseReason reason) {
    if (ARE_AVAILABLE) {
      CloseEvent.record(connection, reason);
    }
  }

  /**
   * Records a callback that blocks an I/O thread.
   *
   * @param stack the stack of the thread, from the top down
   */
  public static void slowCallback(Thread thread, Duration soFar, StackTraceElement[] stack) {
    if (ARE_AVAILABLE) {
      SlowCallbackEvent.record(thread, soFar, stack);
    }
  }
}
