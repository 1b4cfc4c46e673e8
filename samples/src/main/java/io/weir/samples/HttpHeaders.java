package io.weir.samples;

// java -jar samples/target/weir-samples.jar http-headers --lang java https://example.org/

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Shows the header lines of an HTTP response, as in asyncio's documentation. */
final class HttpHeaders {

  private HttpHeaders() {}

  static CompletableFuture<@Nullable Void> run(URI url, TlsOptions trust) {
    return connect(url, trust).thenCompose(connection -> head(url, connection));
  }

  private static CompletableFuture<StreamConnection> connect(URI url, TlsOptions trust) {
    if (url.getScheme().equals("http")) {
      return AsyncStreams.openConnection(url.getHost(), url.getPort() < 0 ? 80 : url.getPort());
    }
    TlsOptions tls = trust.withTruncationAsEof(true); // HTTP itself marks the end of the headers
    return AsyncStreams.openConnection(
        url.getHost(),
        url.getPort() < 0 ? 443 : url.getPort(),
        ConnectOptions.DEFAULTS.withTls(tls));
  }

  private static CompletableFuture<@Nullable Void> head(URI url, StreamConnection connection) {
    String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    String host = url.getRawAuthority().replaceFirst("^.*@", "");
    String request = "HEAD " + path + query + " HTTP/1.0\r\n" + "Host: " + host + "\r\n\r\n";
    connection.writer().write(request.getBytes(ISO_8859_1));
    return connection
        .reader()
        .forEachLine(
            bytes -> {
              String line = new String(bytes, ISO_8859_1).stripTrailing();
              if (!line.isEmpty()) {
                System.out.println("HTTP header> " + line);
              }
              return CompletableFuture.completedFuture(null);
            })
        .whenComplete((done, error) -> connection.close())
        .thenCompose(closed -> connection.writer().waitClosed());
  }
}
