package io.weir;

import io.weir.internal.channel.TcpBinder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A server being started: resolve, bind, serve. When the user's future ends early, it is closed.
 */
final class Binding {

  private final ConnectionHandler handler;
  private final ServerOptions options;
  private final Callbacks callbacks;
  private final AsyncRuntime runtime;
  private final StreamFuture<Server> started = new StreamFuture<>();

  Binding(ConnectionHandler handler, ServerOptions options, AsyncRuntime runtime) {
    this.handler = handler;
    this.options = options;
    this.callbacks = new Callbacks(options.callbackExecutor());
    this.runtime = runtime;
  }

  CompletableFuture<Server> start(@Nullable String host, int port) {
    addresses(host, port)
        .thenAccept(this::bind)
        .whenComplete(
            (nothing, error) -> {
              if (error != null) {
                callbacks.run(() -> started.completeExceptionally(StreamFuture.causeOf(error)));
              }
            });
    return started;
  }

  private CompletableFuture<List<InetSocketAddress>> addresses(@Nullable String host, int port) {
    return host == null || host.isEmpty()
        ? CompletableFuture.completedFuture(List.of(new InetSocketAddress(port)))
        : runtime.resolver().resolve(host, port);
  }

  private void bind(List<InetSocketAddress> addresses) {
    if (started.isDone()) {
      return;
    }
    Server server;
    try {
      server =
          new Server(
              new TcpBinder(runtime.group(), options.backlog()).bind(addresses),
              handler,
              options,
              runtime);
    } catch (IOException e) {
      callbacks.run(() -> started.completeExceptionally(e));
      return;
    }
    if (options.startServing()) {
      server.startServing();
    }
    callbacks.run(() -> handOver(server));
  }

  private void handOver(Server server) {
    if (!started.complete(server)) {
      server.close();
      server.abortClients();
    }
  }
}
