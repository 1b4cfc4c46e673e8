package io.weir.benchmarks.server;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemKeyCertOptions;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Vert.x: a verticle for each I/O thread. */
final class VertxServer {

  /** Any free port, the same for all verticles. */
  private static final int ANY_SHARED = -1;

  private VertxServer() {}

  static RunningServer start(Setup setup) throws Exception {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(setup.threads()));
    CompletableFuture<Integer> port = new CompletableFuture<>();
    vertx
        .deployVerticle(
            () -> new Listener(setup, port), new DeploymentOptions().setInstances(setup.threads()))
        .await();
    return new RunningServer(port.get(), () -> vertx.close().await());
  }

  private static final class Listener extends VerticleBase {

    private final Setup setup;
    private final CompletableFuture<Integer> port;

    Listener(Setup setup, CompletableFuture<Integer> port) {
      this.setup = setup;
      this.port = port;
    }

    @Override
    public Future<?> start() {
      return vertx
          .createNetServer(options())
          .connectHandler(this::serve)
          .listen()
          .onSuccess(server -> port.complete(server.actualPort()));
    }

    private NetServerOptions options() {
      NetServerOptions options =
          new NetServerOptions()
              .setHost(Setup.HOST)
              .setPort(setup.port() == 0 ? ANY_SHARED : setup.port())
              .setAcceptBacklog(Setup.BACKLOG);
      Tls tls = setup.tls();
      if (tls != null && tls.provider() != TlsProvider.JDK) {
        throw new IllegalArgumentException("vertx has only the JDK's TLS in these benchmarks");
      }
      if (tls == null) {
        return options;
      }
      options.setSsl(true).setEnabledSecureTransportProtocols(Set.of(Tls.PROTOCOL));
      options.setKeyCertOptions(
          new PemKeyCertOptions()
              .setCertPath(tls.certificate().toString())
              .setKeyPath(tls.key().toString()));
      return options;
    }

    private void serve(NetSocket socket) {
      if (setup.work() == Work.SINK) {
        socket.handler(bytes -> {});
        return;
      }
      socket.handler(
          bytes -> {
            socket.write(bytes);
            if (socket.writeQueueFull()) {
              socket.pause();
              socket.drainHandler(drained -> socket.resume());
            }
          });
    }
  }
}
