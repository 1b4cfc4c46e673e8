package io.weir.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.testing.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Conversations that begin in the clear and go on over TLS. */
class StartTlsTest {

  /** The asyncio streams of Python have start_tls since this version. */
  private static final int START_TLS = 11;

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

  private Program server(Lang lang) throws IOException {
    return SampleProgram.start(
        "starttls-demo",
        "server",
        "--lang",
        lang.toString(),
        "--port",
        "0",
        "--tls-cert",
        certificate,
        "--tls-key",
        key);
  }

  private Program client(Lang lang, String port) throws IOException {
    return SampleProgram.start(
        "starttls-demo",
        "client",
        "--lang",
        lang.toString(),
        "--port",
        port,
        "--tls-ca",
        authority);
  }

  @EachLanguage
  void the_demo_shows_the_conversation(Lang lang) throws Exception {
    try (Program demo =
        SampleProgram.start(
            "starttls-demo",
            "--lang",
            lang.toString(),
            "--tls-cert",
            certificate,
            "--tls-key",
            key,
            "--tls-ca",
            authority)) {
      assertEquals(
          List.of(
              "S: 220 localhost says hello in the clear",
              "C: EHLO localhost",
              "S: 250-localhost",
              "S: 250 STARTTLS",
              "C: STARTTLS",
              "S: 220 go ahead",
              "-- TLSv1.3 from here on --",
              "C: EHLO localhost",
              "S: 250 localhost",
              "C: Hello World!",
              "S: 250 you said Hello World!",
              "C: QUIT",
              "S: 221 bye"),
          demo.restOfLines());
      assertEquals(0, demo.exitCode());
    }
  }

  @EachLanguage
  void openssl_takes_the_server_for_one_of_mail(Lang lang) throws Exception {
    try (Program server = server(lang)) {
      List<String> command =
          List.of(
              "openssl",
              "s_client",
              "-quiet",
              "-crlf",
              "-starttls",
              "smtp",
              "-verify_return_error",
              "-CAfile",
              authority,
              "-connect",
              "localhost:" + server.port());
      try (Program client = Program.withInput("NOOP\nHello World!\nQUIT\n", command)) {
        List<String> lines = client.restOfLines();
        List<String> answers = List.of("250 ok", "250 you said Hello World!", "221 bye");
        int begun = Math.max(0, lines.size() - answers.size()); // it shows what was offered, too
        assertEquals(answers, lines.subList(begun, lines.size()));
        assertEquals(0, client.exitCode());
      }
    }
  }

  @EachLanguage
  void an_asyncio_client_talks_to_the_server(Lang lang) throws Exception {
    try (Program server = server(lang);
        Program client =
            Program.pythonOf(
                NewPython.atLeast(START_TLS),
                "starttls_client.py",
                "localhost",
                server.port(),
                authority)) {
      assertEquals(
          List.of(
              "220 localhost says hello in the clear",
              "250-localhost",
              "250 STARTTLS",
              "220 go ahead",
              "TLSv1.3",
              "250 ok",
              "250 you said Hello World!",
              "221 bye"),
          client.restOfLines());
      assertEquals(0, client.exitCode());
    }
  }

  @EachLanguage
  void the_client_talks_to_an_asyncio_server(Lang lang) throws Exception {
    try (Program server =
            Program.pythonOf(NewPython.atLeast(START_TLS), "starttls_server.py", certificate, key);
        Program client = client(lang, server.line())) {
      for (String heard :
          List.of(
              "EHLO localhost", "STARTTLS", "TLSv1.3", "EHLO localhost", "Hello World!", "QUIT")) {
        assertEquals(heard, server.line());
      }
      assertEquals(0, client.exitCode());
    }
  }

  @EachLanguage
  void a_client_without_an_offer_of_starttls_sends_nothing_more(Lang lang) throws Exception {
    try (Program server = Program.python("starttls_server.py");
        Program client = client(lang, server.line())) {
      assertEquals(List.of("weir-samples: the server does not offer STARTTLS"), client.errors());
      assertEquals(1, client.exitCode());
      assertEquals("EHLO localhost", server.line());
    }
  }
}
