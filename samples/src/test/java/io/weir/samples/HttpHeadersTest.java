package io.weir.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Leaf;
import io.weir.testing.Program;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

class HttpHeadersTest {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");

  @TempDir private Path folder;

  @EachLanguage
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
    try (Program sample = SampleProgram.start("http-headers", "--lang", lang.toString(), url)) {
      List<String> lines = sample.restOfLines();
      assertEquals("HTTP header> HTTP/1.1 204 No Content", lines.get(0));
      assertTrue(lines.contains("HTTP header> X-asked: /path?a=b%20c"), lines.toString());
      assertEquals(0, sample.exitCode());
    } finally {
      server.stop(0);
    }
  }

  @EachLanguage
  void the_header_lines_of_a_response_over_tls_are_shown(Lang lang) throws Exception {
    try (Nginx nginx = Nginx.start(folder, AUTHORITY.issue());
        Program sample = sample(lang, nginx.url("localhost", "/path?a=b%20c"), AUTHORITY)) {
      List<String> lines = sample.restOfLines();
      assertEquals("HTTP header> HTTP/1.1 204 No Content", lines.get(0));
      assertTrue(lines.contains("HTTP header> X-Asked: /path?a=b%20c"), lines.toString());
      assertTrue(lines.contains("HTTP header> X-Protocol: TLSv1.3"), lines.toString());
      assertEquals(0, sample.exitCode());
    }
  }

  @EachLanguage
  void a_certificate_of_an_unknown_authority_is_reported_in_one_line(Lang lang) throws Exception {
    try (Nginx nginx = Nginx.start(folder, AUTHORITY.issue());
        Program sample = sample(lang, nginx.url("localhost", "/"))) {
      assertFails(sample, "'localhost'", "issued by CN=Test CA", "not trusted", "--tls-ca FILE");
    }
  }

  @EachLanguage
  void a_certificate_for_another_host_is_reported_in_one_line(Lang lang) throws Exception {
    try (Nginx nginx =
            Nginx.start(folder, AUTHORITY.issue(Leaf.DEFAULTS.withNames("elsewhere.example")));
        Program sample = sample(lang, nginx.url("localhost", "/"), AUTHORITY)) {
      assertFails(sample, "is for elsewhere.example, not for 'localhost'");
    }
  }

  private static void assertFails(Program sample, String... words) throws Exception {
    List<String> told = sample.errors();
    assertEquals(1, told.size(), told.toString());
    for (String word : words) {
      assertTrue(told.get(0).contains(word), told.toString());
    }
    assertEquals(List.of(), sample.restOfLines());
    assertEquals(1, sample.exitCode());
  }

  private static Program sample(Lang lang, String url) throws IOException {
    return SampleProgram.start("http-headers", "--lang", lang.toString(), url);
  }

  private Program sample(Lang lang, String url, CertificateAuthority trusted) throws IOException {
    String file = trusted.pem(folder).toString();
    return SampleProgram.start("http-headers", "--lang", lang.toString(), "--tls-ca", file, url);
  }
}
