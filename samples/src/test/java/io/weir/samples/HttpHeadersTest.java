package io.weir.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HttpHeadersTest {

  @ParameterizedTest
  @EnumSource
  void the_header_lines_of_a_response_are_shown(Lang lang) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/path",
        exchange -> {
          exchange.getResponseHeaders().set("X-Asked", exchange.getRequestURI().toString());
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/path?a=b%20c";
    try (Program sample = Program.sample("http-headers", "--lang", lang.toString(), url)) {
      List<String> lines = sample.restOfLines();
      assertEquals("HTTP header> HTTP/1.1 204 No Content", lines.get(0));
      assertTrue(lines.contains("HTTP header> X-asked: /path?a=b%20c"), lines.toString());
      assertEquals(0, sample.exitCode());
    } finally {
      server.stop(0);
    }
  }
}
