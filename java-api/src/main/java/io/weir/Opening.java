package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.connect.Dialer;
import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A connection being opened: resolve, dial, hand over. When the user's future ends early, whatever
 * has been opened by then, or is opened after, is closed.
 */
final class Opening implements CompletionHandler<AsyncByteChannel, @Nullable Void> {

  private final ConnectOptions options;
  private final Callbacks callbacks;
  private final AsyncRuntime runtime;
  private final StreamFuture<StreamConnection> opened = new StreamFuture<>();

  Opening(ConnectOptions options, AsyncRuntime runtime) {
    this.options = options;
    this.callbacks = new Callbacks(options.callbackExecutor());
    this.runtime = runtime;
  }

  CompletableFuture<StreamConnection> start(String host, int port) {
    runtime
        .resolver()
        .resolve(host, port)
        .whenComplete(
            (addresses, error) -> {
              if (error != null) {
                failed(error, null);
              } else {
                dial("host '" + host + "', port " + port, addresses);
              }
            });
    return opened;
  }

  private void dial(String target, List<InetSocketAddress> addresses) {
    if (opened.isDone()) {
      return;
    }
    Dialer dialer = Dialer.dial(target, addresses, runtime.group(), this);
    opened.whenComplete((connection, ended) -> dialer.close());
  }

  @Override
  public void completed(AsyncByteChannel channel, @Nullable Void attachment) {
    OpenStreams streams =
        OpenStreams.over(channel, options.limit(), callbacks, runtime, connection -> {});
    callbacks.run(() -> handOver(streams));
  }

  private void handOver(OpenStreams streams) {
    if (opened.complete(streams.views())) {
      streams.connection().start();
    } else {
      streams.connection().abort();
    }
  }

  @Override
  public void failed(Throwable error, @Nullable Void attachment) {
    callbacks.run(() -> opened.completeExceptionally(StreamFuture.causeOf(error)));
  }
}
