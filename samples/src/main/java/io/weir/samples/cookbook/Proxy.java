package io.weir.samples.cookbook;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Forwards connections to another server, in the clear. With TLS options the proxy terminates TLS,
 * and the other server needs no certificate.
 */
public final class Proxy {

  private static final ConnectOptions CONNECT =
      ConnectOptions.DEFAULTS.withConnectTimeout(Duration.ofSeconds(5));

  private Proxy() {}

  /** Starts a proxy. Its clients use TLS unless the options are null. */
  public static CompletableFuture<Server> start(
      String host, int port, @Nullable TlsOptions tls, String targetHost, int targetPort) {
    ConnectionHandler handler =
        (reader, writer) ->
            AsyncStreams.openConnection(targetHost, targetPort, CONNECT)
                .thenCompose(
                    target -> AsyncStreams.join(new StreamConnection(reader, writer), target));
    ServerOptions options = ServerOptions.DEFAULTS.withTls(tls);
    return AsyncStreams.startServer(handler, host, port, options);
  }

  public static void main(String[] args) throws IOException {
    TlsOptions tls = TlsOptions.fromPem(Path.of("cert.pem"), Path.of("key.pem"));
    try (Server server = start("127.0.0.1", 8443, tls, "127.0.0.1", 8080).join()) {
      server.serveForever().join();
    }
  }
}
