package io.weir.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  private void assertFails(int exitCode, String words, String... args) {
    assertEquals(exitCode, run(args));
    List<String> lines = err.toString().lines().toList();
    assertTrue(lines.get(0).startsWith("weir-samples: "), err.toString());
    assertTrue(lines.get(0).contains(words), err.toString());
    assertEquals(exitCode == 2 ? 2 : 1, lines.size(), err.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "echo-demo",
        "echo-server",
        "echo-client",
        "http-headers",
        "chat-server",
        "tcp-proxy",
        "wait-for-data",
        "starttls-demo"
      })
  void the_help_names_every_sample_and_each_has_its_own(String name) {
    assertEquals(0, run("--help"));
    assertTrue(out.toString().contains("  " + name + " "), out.toString());
    assertEquals(0, run(name, "--help"));
    assertTrue(out.toString().contains("Usage: weir-samples " + name + " "), out.toString());
  }

  @EachLanguage
  void a_port_that_is_taken_is_reported_in_one_line(Lang lang) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      assertFails(1, port, "echo-server", "--lang", lang.toString(), "--port", port);
    }
  }

  @EachLanguage
  void a_refused_connection_is_reported_in_one_line(Lang lang) throws Exception {
    try (Socket bound = new Socket()) { // has the port, but does not listen
      bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String port = String.valueOf(bound.getLocalPort());
      assertFails(
          1, "Connection refused", "echo-client", "--lang", lang.toString(), "--port", port);
    }
  }

  @EachLanguage
  void an_unknown_host_is_reported_in_one_line(Lang lang) {
    assertFails(
        1,
        "nowhere.invalid",
        "echo-client",
        "--lang",
        lang.toString(),
        "--host",
        "nowhere.invalid");
  }

  @EachLanguage
  void a_port_out_of_range_is_reported_in_one_line(Lang lang) {
    assertFails(1, "65535", "echo-client", "--lang", lang.toString(), "--port", "65536");
  }

  @EachLanguage
  void a_request_contains_the_escaped_path_and_no_user(Lang lang) throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer server = HttpServer.create(any, 0);
    List<String> asked = new CopyOnWriteArrayList<>();
    server.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestURI().toString());
          asked.addAll(exchange.getRequestHeaders().get("Host"));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    try {
      String address = "127.0.0.1:" + server.getAddress().getPort();
      String url = "http://user@" + address + "/\u4e2d?q=\u00e9";
      assertEquals(0, run("http-headers", "--lang", lang.toString(), url));
      assertEquals(List.of("/%E4%B8%AD?q=%C3%A9", address), asked);
    } finally {
      server.stop(0);
    }
  }

  @EachLanguage
  void an_address_of_neither_http_nor_https_is_reported_in_one_line(Lang lang) {
    assertFails(1, "neither", "http-headers", "--lang", lang.toString(), "ftp://localhost/");
  }

  @ParameterizedTest
  @CsvSource({
    "echo-server, --tls-cert, --tls-key",
    "echo-server, --tls-key, --tls-cert",
    "echo-server, --tls-ca, --tls-cert",
    "echo-client, --tls-cert, --tls-key",
    "echo-client, --tls-name, --tls",
    "chat-server, --tls-cert, --tls-key",
    "echo-demo, --tls-ca, --tls-cert",
    "starttls-demo, --tls-cert, --tls-ca"
  })
  void half_of_what_tls_needs_is_bad_usage(String name, String given, String missing) {
    assertFails(2, missing, name, given, "pem");
  }

  @EachLanguage
  void a_missing_file_is_reported_in_one_line(Lang lang) {
    String file = folder.resolve("nothing.pem").toString();
    assertFails(
        1,
        file + ": there is no such file",
        "echo-client",
        "--lang",
        lang.toString(),
        "--tls-ca",
        file);
  }

  @Test
  void a_port_that_is_no_number_is_bad_usage() {
    assertFails(2, "'abc'", "echo-client", "--port", "abc");
  }

  @Test
  void a_malformed_address_is_bad_usage() {
    assertFails(2, "'localhost:70000'", "tcp-proxy", "0", "localhost:70000");
  }

  @Test
  void a_proxy_with_a_path_and_two_addresses_is_bad_usage() {
    assertFails(2, "--unix PATH and TARGET", "tcp-proxy", "--unix", "p", "0", "localhost:7");
  }

  @Test
  void a_proxy_with_one_address_alone_is_bad_usage() {
    assertFails(2, "LISTEN and TARGET", "tcp-proxy", "localhost:7");
  }

  @ParameterizedTest
  @CsvSource({
    "echo-server, --host, localhost",
    "echo-server, --port, 8888",
    "echo-client, --host, localhost",
    "echo-client, --port, 8888",
    "chat-server, --host, localhost",
    "chat-server, --port, 8888"
  })
  void a_path_with_a_host_or_a_port_is_bad_usage(String name, String option, String value) {
    assertFails(2, "leave out --host and --port", name, "--unix", "/none", option, value);
  }

  @ParameterizedTest
  @CsvSource({"--host, localhost", "--port, 8888", "--unix, /none"})
  void an_inherited_socket_with_an_address_is_bad_usage(String option, String value) {
    assertFails(2, "--inherited replaces the address", "echo-server", "--inherited", option, value);
  }

  @EachLanguage
  void a_missing_socket_is_reported_in_one_line(Lang lang) {
    String path = folder.resolve("nothing").toString();
    assertFails(1, path, "echo-client", "--lang", lang.toString(), "--unix", path);
  }

  @EachLanguage
  void a_file_in_the_way_of_a_socket_is_reported_in_one_line(Lang lang) throws Exception {
    String path = Files.createFile(folder.resolve("file")).toString();
    assertFails(1, path, "echo-server", "--lang", lang.toString(), "--unix", path);
  }

  @Test
  void an_unknown_name_is_bad_usage() {
    assertFails(2, "nonsense", "nonsense");
  }

  @Test
  void without_a_name_every_sample_is_listed_on_a_line_of_its_own() {
    assertEquals(2, run());
    List<String> names =
        err.toString()
            .lines()
            .dropWhile(line -> !line.equals("Commands:"))
            .skip(1)
            .takeWhile(line -> line.startsWith("  "))
            .map(line -> line.strip().replaceFirst(" .*", ""))
            .toList();
    assertEquals(List.copyOf(Main.commandLine().getSubcommands().keySet()), names);
  }
}
