package io.weir.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.testing.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The samples over TLS. */
class TlsTest {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");

  @TempDir private Path folder;
  private String authority;
  private String certificate;
  private String key;

  @BeforeEach
  void writeTheFiles() {
    Issued issued = AUTHORITY.issue();
    authority = AUTHORITY.pem(folder).toString();
    certificate = issued.chainPem(folder).toString();
    key = issued.keyPem(folder).toString();
  }

  /** Runs a sample that shows the certificate. */
  private Program server(String name, Lang lang, String... more) throws IOException {
    List<String> words = new ArrayList<>(List.of(name, "--lang", lang.toString()));
    words.addAll(List.of("--tls-cert", certificate, "--tls-key", key));
    words.addAll(List.of(more));
    return SampleProgram.start(words.toArray(String[]::new));
  }

  private Program echoServer(Lang lang) throws IOException {
    return server("echo-server", lang, "--port", "0");
  }

  private static Program client(Lang lang, String... more) throws IOException {
    List<String> words = new ArrayList<>(List.of("echo-client", "--lang", lang.toString()));
    words.addAll(List.of(more));
    return SampleProgram.start(words.toArray(String[]::new));
  }

  private static void assertAnswered(Program client) throws InterruptedException {
    assertEquals(
        List.of("Send: 'Hello World!'", "Received: 'Hello World!'", "Close the connection"),
        client.restOfLines());
    assertEquals(0, client.exitCode());
  }

  @EachLanguage
  void the_echo_demo_shows_the_conversation(Lang lang) throws Exception {
    try (Program demo = server("echo-demo", lang, "--tls-ca", authority)) {
      List<String> lines = demo.restOfLines();
      assertTrue(lines.contains("client: Received: 'Hello World!'"), lines.toString());
      assertEquals(0, demo.exitCode());
    }
  }

  @EachLanguage
  void the_echo_server_answers_one_asyncio_client_after_another(Lang lang) throws Exception {
    try (Program server = echoServer(lang)) {
      int port = server.port();
      for (String message : List.of("Hello World!", "once more")) {
        try (Program client =
            Program.python("tls_echo_client.py", "localhost", port, authority, message)) {
          assertEquals(List.of("TLSv1.3", "Received: '" + message + "'"), client.restOfLines());
          assertEquals(0, client.exitCode());
        }
      }
    }
  }

  @EachLanguage
  void the_echo_server_answers_openssl(Lang lang) throws Exception {
    try (Program server = echoServer(lang)) {
      List<String> command =
          List.of(
              "openssl",
              "s_client",
              "-quiet",
              "-verify_return_error",
              "-CAfile",
              authority,
              "-verify_hostname",
              "localhost",
              "-connect",
              "127.0.0.1:" + server.port());
      try (Program client = Program.withInput("Hello World!\n", command)) {
        assertEquals(List.of("Hello World!"), client.restOfLines());
        assertEquals(0, client.exitCode());
      }
    }
  }

  @EachLanguage
  void curl_gets_its_own_request_from_the_echo_server(Lang lang) throws Exception {
    try (Program server = echoServer(lang)) {
      String url = "https://localhost:" + server.port() + "/path";
      List<String> command =
          List.of("curl", "-q", "-sS", "--noproxy", "*", "--http0.9", "--cacert", authority, url);
      try (Program client = Program.withInput("", command)) {
        assertEquals("GET /path HTTP/1.1", client.line());
        client.restOfLines();
        assertEquals(0, client.exitCode());
      }
    }
  }

  @EachLanguage
  void the_echo_client_gets_its_answer_from_an_asyncio_server(Lang lang) throws Exception {
    try (Program server = Program.python("tls_echo_server.py", certificate, key);
        Program client = client(lang, "--port", server.line(), "--tls-ca", authority)) {
      assertAnswered(client);
      assertEquals("Received 'Hello World!'", server.line());
    }
  }

  @EachLanguage
  void the_echo_client_does_not_take_the_jdk_s_trust_for_another(Lang lang) throws Exception {
    try (Program server = Program.python("tls_echo_server.py", certificate, key);
        Program client = client(lang, "--port", server.line(), "--tls")) {
      List<String> told = client.errors();
      assertEquals(1, told.size(), told.toString());
      assertTrue(told.get(0).contains("is not trusted"), told.toString());
      assertEquals(1, client.exitCode());
    }
  }

  @EachLanguage
  void client_and_server_talk_over_a_unix_socket_by_the_name_in_the_certificate(Lang lang)
      throws Exception {
    String path = folder.resolve("socket").toString();
    try (Program server = server("echo-server", lang, "--unix", path)) {
      assertEquals("Serving on " + path, server.line());
      try (Program client = client(lang, "--unix", path, "--tls-ca", authority)) {
        assertAnswered(client);
      }
      try (Program client =
          client(lang, "--unix", path, "--tls-ca", authority, "--tls-name", "elsewhere.example")) {
        List<String> told = client.errors();
        assertTrue(told.get(0).contains("not for 'elsewhere.example'"), told.toString());
        assertEquals(1, client.exitCode());
      }
    }
  }

  @EachLanguage
  void a_server_with_an_authority_wants_certificates_of_its_clients(Lang lang) throws Exception {
    try (Program server = server("echo-server", lang, "--port", "0", "--tls-ca", authority)) {
      String port = String.valueOf(server.port());
      try (Program unknown = client(lang, "--port", port, "--tls-ca", authority)) {
        List<String> told = unknown.errors();
        assertEquals(1, told.size(), told.toString());
        assertTrue(told.get(0).contains("certificate"), told.toString());
        assertEquals(1, unknown.exitCode());
      }
      try (Program known =
          client(
              lang,
              "--port",
              port,
              "--tls-ca",
              authority,
              "--tls-cert",
              certificate,
              "--tls-key",
              key)) {
        assertAnswered(known);
      }
    }
  }

  @EachLanguage
  void asyncio_clients_chat(Lang lang) throws Exception {
    try (Program server = server("chat-server", lang, "--port", "0");
        Program guests =
            Program.python("tls_chat.py", "localhost", server.port(), authority, "hello")) {
      String ann = guests.lineAfter("Welcome, 127.0.0.1:");
      guests.lineAfter("Welcome, 127.0.0.1:");
      assertEquals("127.0.0.1:" + ann + ": hello", guests.line());
      assertEquals(0, guests.exitCode());
    }
  }
}
