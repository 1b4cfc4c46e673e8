package io.weir.samples.readme;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import java.util.concurrent.CompletableFuture;

public class HttpHeaders {
  public static void main(String[] args) {
    ConnectOptions options = ConnectOptions.DEFAULTS.withTls(TlsOptions.defaults());
    AsyncStreams.openConnection(args[0], 443, options)
        .thenCompose(connection -> printHttpHeaders(args[0], connection))
        .join();
  }

  private static CompletableFuture<?> printHttpHeaders(String host, StreamConnection connection) {
    String request = "HEAD / HTTP/1.0\r\nHost: " + host + "\r\n\r\n";
    connection.writer().write(request.getBytes(ISO_8859_1));
    return connection
        .reader()
        .forEachLine(
            line -> {
              String text = new String(line, ISO_8859_1).stripTrailing();
              System.out.println("HTTP header> " + text);
              return CompletableFuture.completedFuture(null);
            })
        .thenCompose(
            done -> {
              connection.writer().close();
              return connection.writer().waitClosed();
            });
  }
}
