package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.Closing;
import io.weir.internal.channel.HandedOver;
import io.weir.internal.channel.SelectorChannel;
import io.weir.internal.channel.SelectorLoops;
import io.weir.internal.channel.TcpChannel;
import io.weir.internal.channel.UnixChannels;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.connect.AddressOrder;
import io.weir.internal.connect.Dialer;
import io.weir.internal.connect.HappyEyeballs;
import io.weir.internal.runtime.IoRuntime;
import java.io.Closeable;
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
import org.jspecify.annotations.Nullable;

/**
 * A connection being opened: find the peer, connect, hand over. When the user's future ends early,
 * whatever has been opened by then, or is opened after, is closed.
 */
final class Opening implements CompletionHandler<AsyncByteChannel, @Nullable Void> {

  /** Makes a channel of a socket that a program hands over. */
  private interface Adoption {
    AsyncByteChannel adopt() throws IOException;
  }

  private final ConnectOptions options;
  private final IoRuntime runtime;
  private final CompletionExecutor completions; // of what belongs to no connection yet
  private final Origin origin;
  private final @Nullable TlsLayer tls;
  private final StreamFuture<StreamConnection> opened = new StreamFuture<>();

  Opening(ConnectOptions options, Origin origin) {
    this.options = options;
    this.runtime = options.runtime().io();
    this.completions = runtime.completionsOn(options.callbackExecutor());
    this.origin = origin;
    this.tls = options.tls() == null ? null : new TlsLayer(options.tls(), TlsSide.CLIENT, origin);
  }

  /** Connects to a host. */
  CompletableFuture<StreamConnection> toHost(String host, int port) {
    String target = "host '" + host + "', port " + port;
    limit(target);
    AddressResolver own = options.resolver();
    HostLookUp lookUp =
        new HostLookUp(own == null ? runtime.resolver() : own::resolve, options.family(), runtime);
    ConnectOptions.HostPort local = options.localAddress();
    lookUp
        .addresses(host, port)
        .thenCompose(
            remotes ->
                local == null
                    ? dial(target, remotes, null)
                    : lookUp
                        .addresses(local.host(), local.port())
                        .thenCompose(locals -> dial(target, remotes, locals)))
        .whenComplete(
            (nothing, error) -> {
              if (error != null) {
                failed(error, null);
              }
            });
    return opened;
  }

  /** Ends the attempt when time is up, or when the runtime is closed. */
  private void limit(String target) {
    runtime.register(opened, () -> failed(runtime.closedException(), null));
    opened.whenComplete((connection, ended) -> runtime.unregister(opened));
    Duration limit = options.connectTimeout();
    if (limit == null) {
      return;
    }
    SocketTimeoutException late =
        new SocketTimeoutException(
            "connecting to " + target + " took longer than the connect timeout, " + limit);
    Timers.Timeout clock = runtime.timers().schedule(limit, () -> failed(late, null));
    opened.whenComplete((connection, ended) -> clock.cancel());
  }

  private CompletableFuture<@Nullable Void> dial(
      String target, List<InetSocketAddress> remotes, @Nullable List<InetSocketAddress> locals) {
    if (opened.isDone()) {
      return StreamFuture.done();
    }
    try {
      Dialer dialer = new Dialer(runtime.tcp(), locals, options.socketOptions());
      Duration delay = options.happyEyeballsDelay();
      HappyEyeballs race =
          HappyEyeballs.race(
              target,
              AddressOrder.interleave(remotes, options.interleave()),
              dialer,
              delay.isZero() ? null : delay,
              runtime.timers(),
              this);
      opened.whenComplete((connection, ended) -> race.close());
      return StreamFuture.done();
    } catch (IOException | IllegalStateException e) { // the latter: the runtime is closed
      return StreamFuture.failed(e);
    }
  }

  /** Connects to a Unix domain socket. */
  CompletableFuture<StreamConnection> toPath(Path path) {
    limit("Unix socket '" + path + "'");
    try {
      SelectorLoops loops = runtime.loops();
      SocketChannel socket = UnixChannels.open(options.socketOptions());
      opened.whenComplete((connection, ended) -> closeIf(ended != null, socket));
      runtime.blocking().execute(() -> connect(socket, path, loops));
    } catch (IOException | IllegalStateException e) { // the latter: the runtime is closed
      failed(e, null);
    }
    return opened;
  }

  private void connect(SocketChannel socket, Path path, SelectorLoops loops) {
    try {
      AsyncByteChannel connected = UnixChannels.connect(socket, path, loops);
      connected.completions().run(() -> completed(connected, null));
    } catch (IOException | RuntimeException e) {
      failed(e, null);
    }
  }

  /** Takes over a connected channel of the JDK, which stays on its own group's threads. */
  CompletableFuture<StreamConnection> over(AsynchronousSocketChannel channel) {
    return over(channel, () -> TcpChannel.adopt(channel, runtime.completions()));
  }

  /** Takes over a connected channel of the JDK. */
  CompletableFuture<StreamConnection> over(SocketChannel channel) {
    return over(channel, () -> SelectorChannel.adopt(channel, runtime.loops()));
  }

  private CompletableFuture<StreamConnection> over(Channel channel, Adoption adoption) {
    limit(String.valueOf(channel));
    try {
      HandedOver.take(channel);
    } catch (IllegalStateException belongsToAnother) {
      failed(belongsToAnother, null);
      return opened;
    }
    try {
      adopted(adoption.adopt());
    } catch (IOException | RuntimeException e) {
      Closing.quietly(channel);
      failed(e, null);
    }
    return opened;
  }

  private static void closeIf(boolean unwanted, Closeable socket) {
    if (unwanted) {
      Closing.quietly(socket);
    }
  }

  @Override
  public void completed(AsyncByteChannel channel, @Nullable Void attachment) {
    OpenStreams streams = streamsOver(channel);
    if (streams == null) {
      return;
    }
    if (tls == null) {
      streams.connection().completions().run(() -> handOver(streams));
    } else {
      shakeHands(streams, tls);
    }
  }

  /** Publishes an adopted channel in the call that adopts it: no callback is attached yet. */
  private void adopted(AsyncByteChannel channel) {
    OpenStreams streams = streamsOver(channel);
    if (streams == null) {
      return;
    }
    if (tls == null) {
      handOver(streams);
    } else {
      shakeHands(streams, tls);
    }
  }

  private @Nullable OpenStreams streamsOver(AsyncByteChannel channel) {
    try {
      ConnectionSettings settings =
          new ConnectionSettings(
              options.limit(),
              runtime.callbackExecutorOr(options.callbackExecutor()),
              options.timeouts());
      OpenStreams streams = OpenStreams.over(channel, origin, settings, runtime, runtime::unregister);
      streams.endWith(runtime);
      return streams;
    } catch (Throwable noMemory) { // nothing else would close the channel
      channel.abort();
      failed(noMemory, null);
      return null;
    }
  }

  private void shakeHands(OpenStreams streams, TlsLayer layer) {
    CompletableFuture<@Nullable Void> shaken =
        streams.connection().startTls(layer, runtime.tls(), streams.connection().completions());
    opened.whenComplete(
        (connection, ended) -> shaken.cancel(false)); // does nothing when it is done
    shaken.whenComplete(
        (nothing, error) -> {
          if (error == null) {
            handOver(streams);
          } else {
            opened.completeExceptionally(error);
          }
        });
  }

  private void handOver(OpenStreams streams) {
    streams.connection().watch();
    if (opened.complete(streams.views())) {
      streams.connection().start();
    } else {
      streams.connection().abort();
    }
  }

  @Override
  public void failed(Throwable error, @Nullable Void attachment) {
    completions.run(() -> opened.completeExceptionally(StreamFuture.causeOf(error)));
  }
}
