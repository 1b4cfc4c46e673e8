package io.weir.internal.connect;

import io.weir.internal.channel.AdoptedChannels;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.Closeables;
import io.weir.internal.channel.SelectorSocketChannel;
import io.weir.internal.channel.TcpChannel;
import io.weir.internal.channel.UnixConnector;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.StackRoom;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.jfr.FlightEvents;
import io.weir.internal.observe.Observation;
import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.stream.Connection;
import io.weir.internal.tls.TlsSetup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.Channel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Opens one connection: resolves the host, connects, performs the TLS handshake, and publishes the
 * result. The future may be done early, because of a cancellation, a timeout or the close of the
 * runtime. The attempt then closes its sockets, and also a connection that is established later.
 *
 * @param <T> the result of the future
 */
public final class ConnectAttempt<T>
    implements CompletionHandler<AsyncByteChannel, @Nullable Void> {

  /** A name may have thousands of addresses, and each attempt opens a socket. */
  static final int MAX_DIALLED = 64;

  /** Creates an {@link AsyncByteChannel} from a channel of the program. */
  private interface Adoption {
    AsyncByteChannel adopt() throws IOException;
  }

  private final ConnectSettings settings;
  private final IoRuntime runtime;
  private final @Nullable TlsSetup tls;
  private final Function<Connection, T> result;
  private final CompletionExecutor completions; // for failures without a connection
  private final StreamFuture<T> opened = new StreamFuture<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  /**
   * Creates an attempt, which starts with {@link #toHost}, {@link #toPath} or {@link #adopt}.
   *
   * @param tls the TLS of the connection; null for none
   * @param result makes the result of the future from an open connection
   */
  public ConnectAttempt(
      ConnectSettings settings,
      IoRuntime runtime,
      @Nullable TlsSetup tls,
      Function<Connection, T> result) {
    StackRoom.require();
    this.settings = settings;
    this.runtime = runtime;
    this.tls = tls;
    this.result = result;
    this.completions = runtime.completionsOn(settings.connection().callbackExecutor());
  }

  /** Connects to a host. */
  public CompletableFuture<T> toHost(String host, int port) {
    String target = "host '" + host + "', port " + port;
    limit(target);
    FlightEvents.connect(target, opened);
    HostResolver resolver =
        new HostResolver(settings.resolver(), settings.family(), runtime, opened);
    HostPort local = settings.localAddress();
    resolver
        .resolve(host, port)
        .thenCompose(
            remotes ->
                local == null
                    ? dial(target, remotes, null)
                    : resolver
                        .resolve(local.host(), local.port())
                        .thenCompose(locals -> dial(target, remotes, locals)))
        .whenComplete(
            (nothing, error) -> {
              if (error != null) {
                failed(error, null);
              }
            });
    return opened;
  }

  /** Fails the future when the connect timeout expires or the runtime is closed. */
  private void limit(String target) {
    runtime.register(opened, () -> failed(runtime.closedException(), null));
    opened.whenComplete((done, error) -> runtime.unregister(opened));
    Duration timeout = settings.timeout();
    if (timeout == null) {
      return;
    }
    SocketTimeoutException late =
        new SocketTimeoutException(
            "connecting to " + target + " took longer than the connect timeout, " + timeout);
    Timers.Timeout timer = runtime.timers().schedule(timeout, () -> failed(late, null));
    opened.whenComplete((done, error) -> timer.cancel());
  }

  private CompletableFuture<@Nullable Void> dial(
      String target, List<InetSocketAddress> remotes, @Nullable List<InetSocketAddress> locals) {
    if (opened.isDone()) {
      return StreamFuture.done();
    }
    try {
      Dialer dialer = new Dialer(runtime.tcp(), locals, settings.socketOptions());
      Duration delay = settings.attemptDelay();
      List<InetSocketAddress> ordered = AddressOrder.interleave(remotes, settings.interleave());
      HappyEyeballs race =
          HappyEyeballs.race(
              ordered.size() > MAX_DIALLED
                  ? target + ", the first " + MAX_DIALLED + " of " + ordered.size() + " addresses"
                  : target,
              ordered.subList(0, Math.min(MAX_DIALLED, ordered.size())),
              dialer,
              delay.isZero() ? null : delay,
              runtime.timers(),
              this);
      opened.whenComplete((done, error) -> race.close());
      return StreamFuture.done();
    } catch (IOException | IllegalStateException e) { // the latter: the runtime is closed
      return StreamFuture.failed(e);
    }
  }

  /** Connects to a Unix domain socket. */
  public CompletableFuture<T> toPath(Path path) {
    String target = "Unix socket '" + path + "'";
    limit(target);
    FlightEvents.connect(target, opened);
    try {
      new UnixConnector(
              path,
              settings.socketOptions(),
              runtime.loops(),
              runtime.timers(),
              runtime.blocking(),
              opened,
              this)
          .connect();
    } catch (IllegalStateException e) { // the runtime is closed
      failed(e, null);
    }
    return opened;
  }

  /** Adopts a connected channel of the JDK, which stays on the threads of its own group. */
  public CompletableFuture<T> adopt(AsynchronousSocketChannel channel) {
    return adopt(channel, () -> TcpChannel.adopt(channel, runtime.completions()));
  }

  /** Adopts a connected channel of the JDK. */
  public CompletableFuture<T> adopt(SocketChannel channel) {
    return adopt(channel, () -> SelectorSocketChannel.adopt(channel, runtime.loops()));
  }

  private CompletableFuture<T> adopt(Channel channel, Adoption adoption) {
    limit(String.valueOf(channel));
    try {
      AdoptedChannels.claim(channel);
    } catch (IllegalStateException belongsToAnother) {
      failed(belongsToAnother, null);
      return opened;
    }
    try {
      adopted(adoption.adopt());
    } catch (Throwable e) { // OutOfMemoryError, for example
      Closeables.closeQuietly(channel);
      failed(e, null);
    }
    return opened;
  }

  @Override
  public void completed(AsyncByteChannel channel, @Nullable Void attachment) {
    Connection connection = connectionOver(channel);
    if (connection == null) {
      return;
    }
    if (tls == null) {
      abortIfFailed(connection);
      connection.completions().run(() -> publish(connection));
    } else {
      startTls(connection, tls);
    }
  }

  /**
   * Publishes an adopted channel in the call that adopts it, because no callback is attached yet.
   */
  private void adopted(AsyncByteChannel channel) {
    Connection connection = connectionOver(channel);
    if (connection == null) {
      return;
    }
    if (tls == null) {
      publish(connection);
    } else {
      startTls(connection, tls);
    }
  }

  /** Creates the connection of a channel. Returns null, and fails the future, when that throws. */
  private @Nullable Connection connectionOver(AsyncByteChannel channel) {
    try {
      Observation observation = new Observation(settings.observer(), runtime::unregister);
      Connection connection =
          new Connection(channel, settings.connection(), runtime.timers(), observation);
      observation.opened(connection);
      runtime.register(connection, connection::abortAsRuntimeCloses); // closed: aborts at once
      return connection;
    } catch (Throwable noMemory) { // nothing else closes the channel
      channel.abort();
      failed(noMemory, null);
      return null;
    }
  }

  /** Aborts a connection when the future fails before the program's executor publishes it. */
  private void abortIfFailed(Connection connection) {
    opened.whenComplete(
        (published, error) -> {
          if (error != null) {
            connection.abort();
          }
        });
  }

  private void startTls(Connection connection, TlsSetup layer) {
    CompletableFuture<@Nullable Void> handshake =
        connection.startTls(layer, runtime.tls(), connection.completions());
    opened.whenComplete((done, error) -> handshake.cancel(false)); // no effect once it is complete
    handshake.whenComplete(
        (nothing, error) -> {
          if (error == null) {
            publish(connection);
          } else {
            opened.completeExceptionally(error);
          }
        });
  }

  private void publish(Connection connection) {
    T published;
    try {
      published = result.apply(connection);
    } catch (Throwable noMemory) { // nothing else closes the connection
      connection.abort();
      opened.completeExceptionally(noMemory);
      return;
    }
    connection.watch();
    if (opened.complete(published)) {
      connection.start();
    } else {
      connection.abort();
    }
  }

  @Override
  public void failed(Throwable error, @Nullable Void attachment) {
    if (failure.compareAndSet(null, error)) { // the first failure counts
      completions.run(() -> opened.completeExceptionally(StreamFuture.failureOf(error)));
    }
  }
}
