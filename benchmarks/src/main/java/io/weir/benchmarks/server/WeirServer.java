package io.weir.benchmarks.server;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.RuntimeOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.security.Provider;
import java.util.concurrent.CompletableFuture;
import org.smartboot.socket.enhance.EnhanceAsynchronousChannelProvider;

/** Weir in Java. */
final class WeirServer {

  private static final CompletableFuture<?> DROPPED = CompletableFuture.completedFuture(null);

  private WeirServer() {}

  static RunningServer start(Setup setup) throws IOException {
    return start(setup, handler(setup.work()), runtime(setup));
  }

  /** Starts the server on the JDK's asynchronous channels. */
  static RunningServer startOnJdkChannels(Setup setup) throws IOException {
    return start(setup, AsynchronousChannelProvider.provider());
  }

  /** Starts the server on the asynchronous channels of smart-socket. */
  static RunningServer startOnSmartSocket(Setup setup) throws IOException {
    return start(setup, new EnhanceAsynchronousChannelProvider(/* lowMemory= */ false));
  }

  private static RunningServer start(Setup setup, AsynchronousChannelProvider provider)
      throws IOException {
    RuntimeOptions options = options(setup.threads()).withChannelProvider(provider);
    return start(setup, handler(setup.work()), AsyncRuntime.create(options));
  }

  /** Starts a server that reads into buffers instead of arrays. */
  static RunningServer startWithBuffers(Setup setup) throws IOException {
    return start(
        setup,
        (reader, writer) -> new WithBuffer(setup.work(), reader, writer).start(),
        runtime(setup));
  }

  /** Starts a server that transfers from the reader to the writer. */
  static RunningServer startWithTransfer(Setup setup) throws IOException {
    AsyncRuntime runtime = runtime(setup);
    ConnectOptions onwards = ConnectOptions.DEFAULTS.withRuntime(runtime);
    ConnectionHandler handler =
        setup.work() == Work.FORWARD
            ? (reader, writer) ->
                AsyncStreams.openConnection(Setup.HOST, setup.forwardTo(), onwards)
                    .thenCompose(next -> transfer(reader, next.writer()))
            : (reader, writer) -> reader.transferTo(writer);
    return start(setup, ConnectionHandler.closing(handler), runtime);
  }

  private static CompletableFuture<?> transfer(StreamReader reader, StreamWriter writer) {
    return reader.transferTo(writer).whenComplete((count, error) -> writer.close());
  }

  private static RunningServer start(Setup setup, ConnectionHandler handler, AsyncRuntime runtime)
      throws IOException {
    ServerOptions options = options(setup).withRuntime(runtime);
    Server server = AsyncStreams.startServer(handler, Setup.HOST, setup.port(), options).join();
    return new RunningServer(server.port(), () -> stop(server, runtime));
  }

  static AsyncRuntime runtime(Setup setup) {
    return AsyncRuntime.create(options(setup.threads()));
  }

  private static RuntimeOptions options(int threads) {
    return RuntimeOptions.DEFAULTS.withIoThreads(threads);
  }

  static ServerOptions options(Setup setup) throws IOException {
    ServerOptions options = ServerOptions.DEFAULTS.withBacklog(Setup.BACKLOG);
    Tls tls = setup.tls();
    return tls == null ? options : options.withTls(tlsOptions(tls));
  }

  static TlsOptions tlsOptions(Tls tls) throws IOException {
    Provider other = tls.provider().provider();
    TlsOptions options =
        other == null
            ? TlsOptions.fromPem(tls.certificate(), tls.key())
            : TlsOptions.of(tls.context(other));
    return options.withProtocols(Tls.PROTOCOL);
  }

  private static void stop(Server server, AsyncRuntime runtime) {
    server.close();
    server.abortClients();
    server.waitClosed().join();
    runtime.close();
  }

  private static ConnectionHandler handler(Work work) {
    return switch (work) {
      case ECHO -> (reader, writer) -> new Echo(reader, writer).start();
      case LINES -> (reader, writer) -> new Lines(reader, writer).start();
      case SINK -> (reader, writer) -> new Sink(reader, writer).start();
      case FORWARD -> throw new IllegalArgumentException("only weir-java-transfer forwards");
    };
  }

  private static class Echo extends ReadLoop<byte[]> {

    final StreamReader reader;

    Echo(StreamReader reader, StreamWriter writer) {
      super(writer);
      this.reader = reader;
    }

    @Override
    CompletableFuture<byte[]> read() {
      return reader.read(Setup.BUFFER);
    }

    @Override
    final boolean isEnd(byte[] bytes) {
      return bytes.length == 0;
    }

    @Override
    CompletableFuture<?> act(byte[] bytes) {
      writer.write(bytes);
      return writer.drain();
    }
  }

  private static final class Lines extends Echo {

    Lines(StreamReader reader, StreamWriter writer) {
      super(reader, writer);
    }

    @Override
    CompletableFuture<byte[]> read() {
      return reader.readLine();
    }
  }

  private static final class Sink extends Echo {

    Sink(StreamReader reader, StreamWriter writer) {
      super(reader, writer);
    }

    @Override
    CompletableFuture<?> act(byte[] bytes) {
      return DROPPED;
    }
  }

  private static final class WithBuffer extends ReadLoop<Integer> {

    private final Work work;
    private final StreamReader reader;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(Setup.BUFFER);

    WithBuffer(Work work, StreamReader reader, StreamWriter writer) {
      super(writer);
      this.work = work;
      this.reader = reader;
    }

    @Override
    CompletableFuture<Integer> read() {
      return reader.read(buffer.clear());
    }

    @Override
    boolean isEnd(Integer count) {
      return count < 0;
    }

    @Override
    CompletableFuture<?> act(Integer count) {
      if (work == Work.SINK) {
        return DROPPED;
      }
      writer.write(buffer.flip());
      return writer.drain();
    }
  }
}
