package io.weir.published;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Accepts the upload of a release, as the server of Maven Central does, and keeps nothing. */
final class UploadServer implements AutoCloseable {

  private final HttpServer server;

  UploadServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", UploadServer::answer);
    server.start();
  }

  private static void answer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
    boolean isUpload = exchange.getRequestURI().getPath().endsWith("/upload");
    String state = "{\"deploymentId\": \"1\", \"deploymentState\": \"VALIDATED\"}";
    byte[] answer = (isUpload ? "1" : state).getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", isUpload ? "text/plain" : "application/json");
    exchange.sendResponseHeaders(isUpload ? 201 : 200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  String url() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
