package io.weir;

import io.weir.internal.channel.AdoptedChannels;
import io.weir.internal.channel.AsyncServerChannel;
import io.weir.internal.channel.Closeables;
import io.weir.internal.channel.TcpBinder;
import io.weir.internal.channel.TcpServerChannel;
import io.weir.internal.channel.UnixChannels;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.StackRoom;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.connect.HostResolver;
import io.weir.internal.runtime.IoRuntime;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Starts one server: resolves the hosts, binds, and publishes the server. When the future completes
 * early, because of a cancellation or the close of the runtime, the server is closed.
 */
final class ServerStart {

  /** Binds the channels that a server listens on. */
  private interface Binder {
    List<? extends AsyncServerChannel> bind() throws IOException;
  }

  private final ConnectionHandler handler;
  private final ServerOptions options;
  private final IoRuntime runtime;
  private final CompletionExecutor completions;
  private final StreamFuture<Server> started = new StreamFuture<>();

  ServerStart(ConnectionHandler handler, ServerOptions options) {
    StackRoom.require();
    this.handler = handler;
    this.options = options;
    this.runtime = options.runtime().io();
    this.completions = runtime.completionsOn(options.callbackExecutor());
    runtime.register(started, () -> fail(runtime.closedException()));
    started.whenComplete((server, error) -> runtime.unregister(started));
  }

  /** Listens on all addresses of all hosts. A null or empty host means all interfaces. */
  CompletableFuture<Server> atHosts(List<@Nullable String> hosts, int port) {
    failWith(
        addresses(hosts, port).thenAccept(addresses -> serve(() -> tcpBinder().bind(addresses))));
    return started;
  }

  /** Fails the start as soon as one of its stages fails, although others may be pending. */
  private void failWith(CompletableFuture<?> stage) {
    stage.whenComplete(
        (result, error) -> {
          if (error != null) {
            fail(runtime.closedOr(StreamFuture.failureOf(error)));
          }
        });
  }

  private TcpBinder tcpBinder() throws IOException {
    return new TcpBinder(runtime.tcp(), options.backlog(), listeningOptions());
  }

  private Map<SocketOption<?>, Object> listeningOptions() {
    Map<SocketOption<?>, Object> listening = new LinkedHashMap<>();
    listening.put(StandardSocketOptions.SO_REUSEADDR, options.reuseAddress());
    if (options.reusePort()) {
      listening.put(StandardSocketOptions.SO_REUSEPORT, true);
    }
    Object receiveBuffer = options.socketOptions().get(StandardSocketOptions.SO_RCVBUF);
    if (receiveBuffer != null) { // connections inherit it, and cannot enlarge it later
      listening.put(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
    }
    return listening;
  }

  /** Resolves all hosts, to each address once, in the order of the hosts. */
  private CompletableFuture<List<InetSocketAddress>> addresses(
      List<@Nullable String> hosts, int port) {
    CompletableFuture<Set<InetSocketAddress>> all =
        CompletableFuture.completedFuture(new LinkedHashSet<>());
    for (String host : hosts) {
      CompletableFuture<List<InetSocketAddress>> ofHost = addresses(host, port);
      failWith(ofHost);
      all =
          all.thenCombine(
              ofHost,
              (before, found) -> {
                before.addAll(found);
                return before;
              });
    }
    return all.thenApply(List::copyOf);
  }

  private CompletableFuture<List<InetSocketAddress>> addresses(@Nullable String host, int port) {
    if (host == null || isAllInterfaces(host)) {
      return CompletableFuture.completedFuture(List.of(new InetSocketAddress(port)));
    }
    return new HostResolver(runtime.resolver(), options.family().addressType(), runtime, started)
        .resolve(host, port);
  }

  static boolean isAllInterfaces(@Nullable String host) {
    return host == null || host.isEmpty();
  }

  /** Listens on a Unix domain socket. */
  CompletableFuture<Server> atPath(Path path) {
    runtime.binding().execute(() -> serve(() -> List.of(bind(path))));
    return started;
  }

  private AsyncServerChannel bind(Path path) throws IOException {
    return UnixChannels.bind(
        path,
        options.backlog(),
        options.socketMode(),
        cleansUp(/* byDefault= */ true),
        runtime.loops());
  }

  private boolean cleansUp(boolean byDefault) {
    Boolean wanted = options.cleanupSocket();
    return wanted == null ? byDefault : wanted;
  }

  /** Adopts a bound channel of the JDK, which stays on the threads of its own group. */
  CompletableFuture<Server> adopt(AsynchronousServerSocketChannel channel) {
    return adopt(channel, () -> List.of(TcpServerChannel.adopt(channel, runtime.completions())));
  }

  /** Adopts a bound channel of the JDK. */
  CompletableFuture<Server> adopt(ServerSocketChannel channel) {
    return adopt(
        channel,
        () ->
            List.of(
                UnixChannels.adopt(channel, cleansUp(/* byDefault= */ false), runtime.loops())));
  }

  /** Publishes the server in the call that adopts its channel: no callback is attached yet. */
  private CompletableFuture<Server> adopt(Channel channel, Binder adoption) {
    try {
      AdoptedChannels.claim(channel);
    } catch (IllegalStateException belongsToAnother) {
      started.completeExceptionally(belongsToAnother);
      return started;
    }
    try {
      started.complete(start(adoption));
    } catch (Throwable refused) { // OutOfMemoryError, for example
      Closeables.closeQuietly(channel);
      started.completeExceptionally(refused);
    }
    return started;
  }

  private void serve(Binder binder) {
    if (started.isDone()) {
      return;
    }
    try {
      Server server = start(binder);
      completions.run(() -> started.complete(server));
    } catch (Throwable e) { // OutOfMemoryError, for example: the caller waits for the future
      fail(runtime.closedOr(e));
    }
  }

  private Server start(Binder binder) throws IOException {
    List<? extends AsyncServerChannel> channels = binder.bind();
    try {
      Server server = new Server(channels, handler, options, runtime);
      closeIfFailed(server);
      if (options.startServing()) {
        server.startServing();
      }
      return server;
    } catch (Throwable noMemory) { // nothing else closes them
      channels.forEach(AsyncServerChannel::close);
      throw noMemory;
    }
  }

  /** Closes the server when the future fails, also before the program's executor completes it. */
  private void closeIfFailed(Server server) {
    started.whenComplete(
        (published, error) -> {
          if (error != null) {
            server.close();
            server.abortClients();
          }
        });
  }

  private void fail(Throwable error) {
    completions.run(() -> started.completeExceptionally(error));
  }
}
