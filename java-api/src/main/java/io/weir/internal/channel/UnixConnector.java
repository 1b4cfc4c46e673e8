package io.weir.internal.channel;

import io.weir.internal.concurrent.Timers;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SocketChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An attempt to connect to a Unix domain socket.
 *
 * <p>A blocking connect waits while the backlog of the server is full, and would occupy a thread. A
 * non-blocking one fails with EAGAIN then, so it is repeated after a pause, until the future that
 * needs the connection is done. The JDK closes the socket when a connect fails, so each attempt has
 * a new one.
 *
 * <p>The JDK has the same exception for EAGAIN and for EPROTOTYPE, which a datagram socket at the
 * path causes at every attempt. A blocking connect distinguishes them: EPROTOTYPE fails it at once,
 * and with a full backlog it waits. So the first attempt that fails is repeated as a blocking one,
 * which is closed after a few milliseconds.
 */
public final class UnixConnector {

  /** The time limit of a blocking connect, which takes microseconds unless the backlog is full. */
  private static final Duration PROBE = Duration.ofMillis(10);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(1);
  private static final Duration MAX_PAUSE = Duration.ofMillis(50);

  private final Path path;
  private final Map<SocketOption<?>, Object> options;
  private final SelectorChannelGroup loops;
  private final Timers timers;
  private final Executor blocking;
  private final CompletableFuture<?> needed;
  private final CompletionHandler<AsyncByteChannel, @Nullable Void> handler;

  /** Whether a server listens and its backlog was full. Attempts run one after another. */
  private boolean full;

  /**
   * Creates an attempt.
   *
   * @param options the socket options, with values of their types
   * @param blocking runs calls that may block for some milliseconds
   * @param needed the future that needs the connection; once it is done, no attempt is made
   * @param handler receives the channel, on the channel's thread; or else, on any thread, a {@link
   *     NoSuchFileException} when the path does not exist, or a {@link ConnectException} when no
   *     connection is possible, which both name the path
   */
  public UnixConnector(
      Path path,
      Map<SocketOption<?>, Object> options,
      SelectorChannelGroup loops,
      Timers timers,
      Executor blocking,
      CompletableFuture<?> needed,
      CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
    this.path = path;
    this.options = options;
    this.loops = loops;
    this.timers = timers;
    this.blocking = blocking;
    this.needed = needed;
    this.handler = handler;
  }

  /** Starts to connect. Called once. */
  public void connect() {
    submit(FIRST_PAUSE);
  }

  private void submit(Duration pause) {
    try {
      blocking.execute(() -> attempt(pause));
    } catch (Throwable noThread) { // OutOfMemoryError: nothing else completes the attempt
      handler.failed(noThread, null);
    }
  }

  private void attempt(Duration pause) {
    if (needed.isDone()) {
      return;
    }
    try {
      AsyncByteChannel connected = connectNow();
      if (connected == null && !full) {
        connected = connectBlocking();
      }
      if (connected == null) {
        Duration twice = pause.multipliedBy(2);
        Duration next = twice.compareTo(MAX_PAUSE) < 0 ? twice : MAX_PAUSE;
        timers.schedule(pause, () -> submit(next));
      } else {
        publish(connected);
      }
    } catch (Throwable e) { // OutOfMemoryError, for example: the caller waits for the future
      handler.failed(e, null);
    }
  }

  private void publish(AsyncByteChannel connected) {
    connected.completions().run(() -> handler.completed(connected, null));
  }

  /** Connects. Returns null on EAGAIN, or on EPROTOTYPE unless it has been ruled out. */
  private @Nullable AsyncByteChannel connectNow() throws IOException {
    SocketChannel socket = open();
    try {
      socket.configureBlocking(false);
      socket.connect(UnixDomainSocketAddress.of(path));
      return SelectorSocketChannel.forStreams(socket, loops.next());
    } catch (IOException | RuntimeException e) {
      Closeables.closeQuietly(socket);
      if (e.getClass() == SocketException.class && !UnixPath.isMissing(path)) {
        return null;
      }
      throw named(e);
    }
  }

  /** Connects. Returns null when the socket is closed meanwhile, usually at the time limit. */
  private @Nullable AsyncByteChannel connectBlocking() throws IOException {
    SocketChannel socket = open();
    needed.whenComplete(
        (done, error) -> {
          if (error != null) {
            Closeables.closeQuietly(socket);
          }
        });
    AtomicBoolean decided = new AtomicBoolean(); // a timer that is cancelled may still run
    Timers.Timeout limit =
        timers.schedule(
            PROBE,
            () -> {
              if (decided.compareAndSet(false, true)) {
                Closeables.closeQuietly(socket);
              }
            });
    try {
      socket.connect(UnixDomainSocketAddress.of(path));
      if (!decided.compareAndSet(false, true)) {
        return null;
      }
      return SelectorSocketChannel.forStreams(socket, loops.next());
    } catch (AsynchronousCloseException waiting) {
      full = true;
      return null;
    } catch (ClosedChannelException tooEarly) { // the socket was closed before the connect
      return null;
    } catch (IOException | RuntimeException e) {
      Closeables.closeQuietly(socket);
      throw named(e);
    } finally {
      limit.cancel();
    }
  }

  private SocketChannel open() throws IOException {
    SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      SocketOptions.set(socket, options);
      return socket;
    } catch (IOException | RuntimeException e) {
      Closeables.closeQuietly(socket);
      throw e;
    }
  }

  private IOException named(Exception cause) {
    IOException named =
        !UnixPath.isTooLong(path) && UnixPath.isMissing(path)
            ? new NoSuchFileException(path.toString(), null, "no socket to connect to")
            : new ConnectException(
                "cannot connect to path '" + path + "': " + UnixPath.reasonOf(path, cause));
    named.initCause(cause);
    return named;
  }
}
