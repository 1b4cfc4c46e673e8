package io.weir.samples.docs;

import static io.weir.AsyncStreams.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.CompletableFuture.completedFuture;

import io.micrometer.core.instrument.MeterRegistry;
import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ClientAuth;
import io.weir.CloseReason;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.Decoded;
import io.weir.Decoder;
import io.weir.DecoderSplits;
import io.weir.Decoders;
import io.weir.Encoder;
import io.weir.Encoders;
import io.weir.IncompleteReadException;
import io.weir.LengthPrefix;
import io.weir.LimitOverrunException;
import io.weir.MemoryStreams;
import io.weir.RuntimeOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.ShutdownReport;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsException;
import io.weir.TlsOptions;
import io.weir.channels.SelectorChannelProvider;
import io.weir.samples.readme.ConnectionMetrics;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.Provider;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The code of docs/guide.md, security.md, channels.md and observation.md. */
final class Guide {

  private Guide() {}

  // ---- connections ----

  static CompletableFuture<StreamConnection> connect() {
    ConnectOptions options =
        ConnectOptions.DEFAULTS
            .withConnectTimeout(Duration.ofSeconds(5))
            .withReadTimeout(Duration.ofSeconds(30));
    return AsyncStreams.openConnection("localhost", 8888, options);
  }

  // ---- reading and writing ----

  static CompletableFuture<Void> copyLines(StreamReader reader, StreamWriter writer) {
    return reader.forEachLine(line -> writer.send(line));
  }

  static CompletableFuture<Void> copyChunks(StreamReader reader, StreamWriter writer) {
    return AsyncStreams.loop(
            () ->
                reader
                    .read(1024)
                    .thenCompose(
                        chunk ->
                            chunk.length == 0
                                ? completedFuture(false)
                                : writer.send(chunk).thenApply(drained -> true)))
        .thenApply(done -> null);
  }

  static void copyBlocking(StreamReader reader, StreamWriter writer) throws IOException {
    byte[] chunk = await(reader.read(1024));
    while (chunk.length > 0) {
      await(writer.send(chunk));
      chunk = await(reader.read(1024));
    }
  }

  // ---- messages ----

  static CompletableFuture<Void> answerFrames(StreamReader reader, StreamWriter writer) {
    Decoder<byte[]> frames = Decoders.frame(LengthPrefix.ofBytes(4)).withLimit(1 << 20);
    Encoder<byte[]> framed = Encoders.frame(LengthPrefix.ofBytes(4));

    return reader.forEach(frames, frame -> writer.send(framed, answerTo(frame)));
  }

  static byte[] answerTo(byte[] frame) {
    return frame;
  }

  static Decoder<byte[]> shortMessages() {
    Decoder<byte[]> message =
        (received, ended) -> {
          if (!received.hasRemaining()) {
            return Decoded.needs(1);
          }
          byte[] body = new byte[Byte.toUnsignedInt(received.get())];
          if (received.remaining() < body.length) {
            return Decoded.needs(body.length - received.remaining());
          }
          received.get(body);
          return Decoded.of(body, 1 + body.length);
        };
    return message;
  }

  static List<String> splitEverywhere() throws IOException {
    Decoder<String> lines = Decoders.textLine();
    return DecoderSplits.valuesOf(lines, "one\ntwo\n".getBytes(UTF_8));
  }

  // ---- servers ----

  static void serve() {
    ConnectionHandler echo =
        ConnectionHandler.closing((reader, writer) -> reader.forEachLine(writer::send));
    try (Server server = AsyncStreams.startServer(echo, "127.0.0.1", 8888).join()) {
      server.serveForever().join();
    }
  }

  static CompletableFuture<Server> serveBlocking(Executor executor) {
    ConnectionHandler echo =
        ConnectionHandler.of(
            (reader, writer) -> {
              byte[] line = await(reader.readLine());
              while (line.length > 0) {
                await(writer.send(line));
                line = await(reader.readLine());
              }
            });
    ServerOptions options = ServerOptions.DEFAULTS.withHandlerExecutor(executor);
    return AsyncStreams.startServer(ConnectionHandler.closing(echo), "127.0.0.1", 8888, options);
  }

  static CompletableFuture<Server> serveUnix(ConnectionHandler handler) {
    ServerOptions options = ServerOptions.DEFAULTS.withSocketMode("rw-------");
    return AsyncStreams.startUnixServer(handler, Path.of("/run/app/echo.sock"), options);
  }

  // ---- TLS ----

  static void tls(ConnectionHandler handler) throws IOException {
    TlsOptions serverTls = TlsOptions.fromPem(Path.of("cert.pem"), Path.of("key.pem"));
    AsyncStreams.startServer(handler, "127.0.0.1", 8443, ServerOptions.DEFAULTS.withTls(serverTls));

    TlsOptions clientTls = TlsOptions.trusting(Path.of("ca.pem"));
    AsyncStreams.openConnection("localhost", 8443, ConnectOptions.DEFAULTS.withTls(clientTls));
  }

  static TlsOptions conscrypt(
      Provider conscrypt, KeyStore keyStoreOfAuthorities, KeyManager[] keyManagers)
      throws Exception {
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX", conscrypt);
    trust.init(keyStoreOfAuthorities);
    SSLContext context = SSLContext.getInstance("TLS", conscrypt);
    context.init(keyManagers, trust.getTrustManagers(), null);
    TlsOptions tls = TlsOptions.of(context);
    return tls;
  }

  // ---- timeouts and cancellation ----

  static CompletableFuture<byte[]> lineWithin(StreamReader reader) {
    return reader.readLine().orTimeout(5, TimeUnit.SECONDS);
  }

  // ---- runtimes ----

  static void ownRuntime() {
    try (AsyncRuntime feed = AsyncRuntime.create(RuntimeOptions.DEFAULTS.withThreadNames("feed"))) {
      ConnectOptions options = ConnectOptions.DEFAULTS.withRuntime(feed);
      AsyncStreams.openConnection("localhost", 8888, options).join().close();
    }
  }

  // ---- shutdown ----

  static void shutDownOnSignal(Server server) {
    Thread stop =
        new Thread(() -> System.out.println(server.shutdown(Duration.ofSeconds(10)).join()));
    Runtime.getRuntime().addShutdownHook(stop);
    server.serveForever().exceptionally(closed -> null).join();
  }

  static ShutdownReport shutDown(Server server) {
    ShutdownReport report = server.shutdown(Duration.ofSeconds(10)).join();
    return report;
  }

  static CloseReason closeGracefully(StreamConnection connection, byte[] data) {
    try (connection) {
      connection.writer().write(data);
      return connection.closeGracefully(Duration.ofSeconds(10)).join();
    }
  }

  // ---- errors ----

  static void askOnce() {
    try (StreamConnection connection = await(AsyncStreams.openConnection("localhost", 8888))) {
      await(connection.writer().send("ping\n".getBytes(UTF_8)));
      byte[] answer = await(connection.reader().readUntil("\n".getBytes(UTF_8)));
      System.out.println(new String(answer, UTF_8));
    } catch (UnknownHostException | ConnectException | SocketTimeoutException e) {
      System.err.println("not connected: " + e.getMessage());
    } catch (IncompleteReadException e) {
      System.err.println("EOF after " + e.partial().length + " bytes of the answer");
    } catch (LimitOverrunException e) {
      System.err.println("the answer is too long: " + e.getMessage());
    } catch (TlsException e) {
      System.err.println("TLS failed, " + e.failure() + ": " + e.getMessage());
    } catch (ConnectionLostException e) {
      System.err.println("connection lost: " + e.getMessage());
    } catch (IOException e) {
      System.err.println("interrupted, or another I/O error: " + e.getMessage());
    }
  }

  // ---- testing ----

  static byte[] echoInMemory(ConnectionHandler handler) throws Exception {
    MemoryStreams.Pair pair = MemoryStreams.pair();
    handler.handle(pair.second().reader(), pair.second().writer());

    pair.first().writer().write("Hello World!\n".getBytes(UTF_8));
    return pair.first().reader().readLine().join();
  }

  static byte[] handFed() {
    StreamReader reader = StreamReader.handFed(StreamReader.DEFAULT_LIMIT);
    reader.feedData("Hello World!\n".getBytes(UTF_8));
    reader.feedEof();
    return reader.readLine().join();
  }

  // ---- observation ----

  static ServerOptions observed(MeterRegistry registry) {
    ServerOptions options =
        ServerOptions.DEFAULTS.withObserver(new ConnectionMetrics(registry, "echo"));
    return options;
  }

  // ---- hardening ----

  static CompletableFuture<Server> hardened(
      ConnectionHandler handler, Path certificate, Path key, Path clients) throws IOException {
    TlsOptions tls =
        TlsOptions.fromPem(certificate, key)
            .withTrust(clients)
            .withClientAuth(ClientAuth.REQUIRED)
            .withProtocols("TLSv1.3")
            .withHandshakeTimeout(Duration.ofSeconds(10))
            .withShutdownTimeout(Duration.ofSeconds(5));
    ServerOptions options =
        ServerOptions.DEFAULTS
            .withTls(tls)
            .withMaxConnections(10_000)
            .withBacklog(1_024)
            .withLimit(16 * 1024)
            .withReadTimeout(Duration.ofSeconds(30))
            .withWriteTimeout(Duration.ofSeconds(30))
            .withIdleTimeout(Duration.ofMinutes(2));
    return AsyncStreams.startServer(handler, "0.0.0.0", 8443, options);
  }

  // ---- channels ----

  static AsynchronousSocketChannel bareChannel() throws IOException {
    AsynchronousChannelProvider provider = new SelectorChannelProvider();
    AsynchronousChannelGroup group = provider.openAsynchronousChannelGroup(2, Thread::new);
    AsynchronousSocketChannel channel = AsynchronousSocketChannel.open(group);
    return channel;
  }
}
