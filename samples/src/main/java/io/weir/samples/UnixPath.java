package io.weir.samples;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** The path of a Unix domain socket; empty for a client's socket. */
public record UnixPath(Path path) implements Endpoint {

  @Override
  public CompletableFuture<StreamConnection> connect(ConnectOptions options) {
    return AsyncStreams.openUnixConnection(path, options);
  }

  @Override
  public CompletableFuture<Server> listen(ConnectionHandler handler, ServerOptions options) {
    return AsyncStreams.startUnixServer(handler, path, options);
  }

  @Override
  public String toString() {
    return path.toString().isEmpty() ? "a Unix socket" : path.toString();
  }
}
