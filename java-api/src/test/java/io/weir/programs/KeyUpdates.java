package io.weir.programs;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * Sends much in both directions over TLS 1.3, in a JVM whose keys are updated after few bytes.
 * Arguments: a certificate, its key, the authority, and the number of bytes.
 */
public final class KeyUpdates {

  private static final int PIECE = 8 * 1024;

  private final Path authority;
  private final int size;
  private final TlsOptions client;
  private final Server server;

  private KeyUpdates(Path certificate, Path key, Path authority, int size) throws IOException {
    this.authority = authority;
    this.size = size;
    this.client = TlsOptions.trusting(authority);
    this.server =
        AsyncStreams.startServer(
                this::serve,
                "localhost",
                0,
                ServerOptions.DEFAULTS.withTls(TlsOptions.fromPem(certificate, key)))
            .join();
  }

  public static void main(String[] arguments) throws Exception {
    KeyUpdates program =
        new KeyUpdates(
            Path.of(arguments[0]),
            Path.of(arguments[1]),
            Path.of(arguments[2]),
            Integer.parseInt(arguments[3]));
    System.out.println("both directions: " + program.bothDirections());
    System.out.println("a reader that lags: " + program.laggingReader());
    System.out.println("an upload, then a download: " + program.uploadThenDownload());
    program.server.close();
  }

  /** Writes everything before it reads, as its output is blocked until the client reads. */
  private CompletableFuture<Void> serve(StreamReader reader, StreamWriter writer) {
    writer.write(new byte[size]);
    return reader
        .readExactly(size)
        .thenCompose(upload -> writer.drain())
        .thenRun(writer::close)
        .thenCompose(closing -> writer.waitClosed());
  }

  private int port() {
    return server.port();
  }

  private StreamConnection connect() {
    return AsyncStreams.openConnection("localhost", port(), ConnectOptions.DEFAULTS.withTls(client))
        .join();
  }

  private int bothDirections() {
    StreamConnection connection = connect();
    connection.writer().write(new byte[size]);
    int received = connection.reader().readExactly(size).join().length;
    connection.writer().close();
    connection.writer().waitClosed().join();
    return received;
  }

  private int laggingReader() {
    StreamConnection connection = connect();
    connection.writer().write(new byte[size]);
    int received = 0;
    while (received < size) {
      received += connection.reader().read(PIECE).join().length;
    }
    connection.close();
    return received;
  }

  private int uploadThenDownload() throws Exception {
    try (SSLSocket socket =
        (SSLSocket) trusting().getSocketFactory().createSocket("localhost", port())) {
      socket.setEnabledProtocols(new String[] {"TLSv1.3"});
      socket.getOutputStream().write(new byte[size]);
      return socket.getInputStream().readNBytes(size).length;
    }
  }

  private SSLContext trusting() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream pem = Files.newInputStream(authority)) {
      store.setCertificateEntry(
          "authority", CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
