package io.weir.interop;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.noise;
import static io.weir.testing.Texts.text;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ClientAuth;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ExtraInfo;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.TlsTruncationException;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.certificates.KeyKind;
import io.weir.certificates.Leaf;
import io.weir.programs.KeyUpdates;
import io.weir.testing.BlockingSockets;
import io.weir.testing.ChildJvm;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.OpenSsl;
import io.weir.testing.Program;
import io.weir.testing.PythonInterpreters;
import io.weir.testing.TestServer;
import io.weir.testing.TlsOptionsSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Other implementations of TLS at the other end. */
@Tag(Multiplicity.TAG)
class TlsPeersTest {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final Issued EC = AUTHORITY.issue();
  private static final Issued RSA = AUTHORITY.issue(Leaf.DEFAULTS.withKey(KeyKind.RSA));
  private static final Issued CLIENT = AUTHORITY.issue(Leaf.DEFAULTS.withNames("client.test"));
  private static final int SIZE = 4 * 1024 * 1024;
  private static final byte[] DATA = noise(SIZE, 8);

  @TempDir Path directory;

  private static Issued ofKind(String kind) {
    return kind.equals("RSA") ? RSA : EC;
  }

  private TlsOptions server(Issued own) {
    return TlsOptionsSource.FILES.options(directory, own, AUTHORITY);
  }

  private TlsOptions client() {
    return TlsOptionsSource.FILES.options(directory, null, AUTHORITY);
  }

  private TlsOptions clientWithCertificate() {
    return TlsOptionsSource.FILES.options(directory, CLIENT, AUTHORITY);
  }

  private static ServerOptions serving(TlsOptions tls) {
    return ServerOptions.DEFAULTS.withTls(tls);
  }

  private static StreamConnection open(int port, TlsOptions tls) {
    return Deadline.get(
        AsyncStreams.openConnection("localhost", port, ConnectOptions.DEFAULTS.withTls(tls)));
  }

  private String authority() {
    return AUTHORITY.pem(directory).toString();
  }

  /** The client may send its authority's certificate as well. */
  private static void assertIsClient(StreamWriter accepted) {
    assertEquals(CLIENT.certificate(), accepted.getExtraInfo(ExtraInfo.PEER_CERTIFICATES)[0]);
  }

  private static void assertGone(TestServer served) {
    served.server().close();
    assertNull(Deadline.get(served.server().waitClosed()));
    assertEquals(List.of(), List.copyOf(served.reports()));
  }

  // ---- Python ----

  /** Each interpreter with each closing side; a part by default. */
  private static List<Arguments> closing(List<Named<String>> pythons) {
    return Multiplicity.ends(
        pythons.stream()
            .flatMap(
                python -> Stream.of("client", "server").map(closer -> Arguments.of(python, closer)))
            .toList());
  }

  static List<Arguments> pythons() {
    return closing(PythonInterpreters.all());
  }

  /** Those that have start_tls. */
  static List<Arguments> newPythons() {
    return closing(PythonInterpreters.since(11));
  }

  /** Sends back what comes, as the scripts do. */
  private static CompletableFuture<Void> sendBack(StreamReader reader, StreamWriter writer) {
    return reader
        .readLine()
        .thenCompose(
            line -> {
              String[] words = text(line).strip().split(" ", 2);
              return reader
                  .readExactly(Integer.parseInt(words[0]))
                  .thenAccept(writer::write)
                  .thenCompose(nothing -> writer.drain())
                  .thenCompose(
                      nothing ->
                          words[1].equals("client")
                              ? reader.read()
                              : CompletableFuture.completedFuture(new byte[0]));
            })
        .thenAccept(
            rest -> {
              assertEquals("", text(rest));
              writer.close();
            })
        .thenCompose(nothing -> writer.waitClosed());
  }

  /** Has the scripts' server send data back. */
  private static void exchange(StreamConnection connection, String closer) {
    connection.writer().write(bytes(SIZE + " " + closer + "\n"));
    connection.writer().write(DATA);
    assertArrayEquals(DATA, Deadline.get(connection.reader().readExactly(SIZE)));
    if (closer.equals("server")) {
      assertEquals("", text(connection.reader().read()));
      assertTrue(connection.reader().atEof());
    }
    connection.writer().close();
    assertNull(Deadline.get(connection.writer().waitClosed()));
  }

  @ParameterizedTest
  @MethodSource("pythons")
  void pythons_server_sends_our_megabytes_back(String python, String closer) throws Exception {
    try (Program server =
        Program.pythonOf(
            python, "tls_server.py", EC.chainPem(directory), EC.keyPem(directory), "-")) {
      StreamConnection connection = open(server.port(), client());
      exchange(connection, closer);

      assertEquals("TLSv1.3, client None, rest b''", server.line());
    }
  }

  @ParameterizedTest
  @MethodSource("pythons")
  void our_server_sends_pythons_megabytes_back(String python, String closer) throws Exception {
    try (TestServer served = TestServer.by(TlsPeersTest::sendBack, serving(server(EC)));
        Program client =
            Program.pythonOf(
                python,
                "tls_client.py",
                served.address().getPort(),
                authority(),
                SIZE,
                closer,
                "-",
                "-")) {
      assertTrue(client.line().startsWith("TLSv1.3, the same: True, rest b''"));
      client.assertEndsWell();
      assertGone(served);
    }
  }

  @Test
  void pythons_server_asks_for_our_certificate() throws Exception {
    try (Program server =
        Program.python(
            "tls_server.py", RSA.chainPem(directory), RSA.keyPem(directory), authority())) {
      int port = server.port();
      for (String version : List.of("TLSv1.3", "TLSv1.2")) {
        exchange(open(port, clientWithCertificate().withProtocols(version)), "server");
        assertEquals(version + ", client client.test, rest b''", server.line());
      }
    }
  }

  @Test
  void our_server_asks_for_pythons_certificate() throws Exception {
    CompletableFuture<StreamWriter> accepted = new CompletableFuture<>();
    ConnectionHandler handler =
        (reader, writer) -> {
          accepted.complete(writer);
          return sendBack(reader, writer);
        };
    TlsOptions asking = server(RSA).withClientAuth(ClientAuth.REQUIRED);
    try (TestServer served = TestServer.by(handler, serving(asking));
        Program client =
            Program.python(
                "tls_client.py",
                served.address().getPort(),
                authority(),
                SIZE,
                "server",
                CLIENT.chainPem(directory),
                CLIENT.keyPem(directory))) {
      assertTrue(client.line().startsWith("TLSv1.3, the same: True, rest b''"));
      client.assertEndsWell();
      assertIsClient(Deadline.get(accepted));
      assertGone(served);
    }
  }

  @ParameterizedTest
  @MethodSource("newPythons")
  void pythons_server_turns_to_tls_with_us(String python, String closer) throws Exception {
    try (Program server =
        Program.pythonOf(
            python,
            "tls_server.py",
            EC.chainPem(directory),
            EC.keyPem(directory),
            "-",
            "starttls")) {
      StreamConnection connection =
          Deadline.get(AsyncStreams.openConnection("localhost", server.port()));
      connection.writer().write(bytes("STARTTLS\n"));
      assertEquals("go on\n", text(connection.reader().readLine()));
      assertNull(Deadline.get(connection.writer().startTls(client())));
      exchange(connection, closer);

      assertEquals("TLSv1.3, client None, rest b''", server.line());
    }
  }

  @ParameterizedTest
  @MethodSource("newPythons")
  void our_server_turns_to_tls_with_python(String python, String closer) throws Exception {
    TlsOptions tls = server(EC);
    ConnectionHandler handler =
        (reader, writer) ->
            reader
                .readLine()
                .thenAccept(line -> writer.write(bytes("go on\n")))
                .thenCompose(nothing -> writer.startTls(tls))
                .thenCompose(nothing -> sendBack(reader, writer));
    try (TestServer served = TestServer.by(handler);
        Program client =
            Program.pythonOf(
                python,
                "tls_client.py",
                served.address().getPort(),
                authority(),
                SIZE,
                closer,
                "-",
                "-",
                "starttls")) {
      assertTrue(client.line().startsWith("TLSv1.3, the same: True, rest b''"));
      client.assertEndsWell();
      assertGone(served);
    }
  }

  // ---- OpenSSL ----

  /** Each version with each kind of key; a part by default. */
  static List<Arguments> versionsAndKeys() {
    return Multiplicity.ends(
        Stream.of("-tls1_3", "-tls1_2")
            .flatMap(version -> Stream.of("EC", "RSA").map(kind -> Arguments.of(version, kind)))
            .toList());
  }

  private static CompletableFuture<Void> echoLines(StreamReader reader, StreamWriter writer) {
    return reader
        .readLine()
        .thenCompose(
            line -> {
              writer.write(line);
              if (line.length > 0 && !text(line).equals("bye\n")) {
                return echoLines(reader, writer);
              }
              writer.close();
              return writer.waitClosed();
            });
  }

  private String[] with(List<String> identity, String... more) {
    return Stream.concat(identity.stream(), Arrays.stream(more)).toArray(String[]::new);
  }

  @ParameterizedTest
  @MethodSource("versionsAndKeys")
  void openssls_client_with_a_certificate_talks_to_our_server(String version, String kind)
      throws Exception {
    CompletableFuture<StreamWriter> accepted = new CompletableFuture<>();
    ConnectionHandler handler =
        (reader, writer) -> {
          accepted.complete(writer);
          return echoLines(reader, writer);
        };
    TlsOptions asking = server(ofKind(kind)).withClientAuth(ClientAuth.REQUIRED);
    try (TestServer served = TestServer.by(handler, serving(asking));
        Program openssl =
            OpenSsl.client(
                served.address().getPort(),
                with(
                    OpenSsl.identity(directory, CLIENT),
                    version,
                    "-CAfile",
                    authority(),
                    "-verify_return_error",
                    "-verify_hostname",
                    "localhost",
                    "-servername",
                    "localhost"))) {
      openssl.lineWith("Verify return code: 0 (ok)");
      openssl.type("hello\n");
      openssl.lineWith("hello");
      assertIsClient(Deadline.get(accepted));
      assertEquals("localhost", Deadline.get(accepted).getExtraInfo(ExtraInfo.SERVER_NAME));
      openssl.type("bye\n");
      openssl.lineWith("bye");
      openssl.lineWith("closed");
      openssl.assertEndsWell();
      assertGone(served);
    }
  }

  @ParameterizedTest
  @MethodSource("versionsAndKeys")
  void openssls_client_ends_in_order(String version, String kind) throws Exception {
    CompletableFuture<byte[]> received = new CompletableFuture<>();
    ConnectionHandler handler =
        (reader, writer) ->
            reader
                .read()
                .thenAccept(received::complete)
                .thenCompose(nothing -> writer.waitClosed());
    try (TestServer served = TestServer.by(handler, serving(server(ofKind(kind))));
        Program openssl = OpenSsl.client(served.address().getPort(), version)) {
      openssl.type("all\nof it\n");
      openssl.endInput();

      assertEquals("all\nof it\n", text(received));
      openssl.assertEndsWell();
      assertGone(served);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_3", "-tls1_2"})
  void openssls_client_that_is_killed_leaves_a_stream_cut_off(String version) throws Exception {
    for (boolean inOrder : List.of(false, true)) {
      CompletableFuture<StreamConnection> next = new CompletableFuture<>();
      ConnectionHandler keep =
          (reader, writer) -> {
            next.complete(new StreamConnection(reader, writer));
            return new CompletableFuture<>();
          };
      TlsOptions tls = server(EC).withTruncationAsEof(inOrder);
      try (TestServer served = TestServer.by(keep, serving(tls))) {
        Program openssl = OpenSsl.client(served.address().getPort(), version);
        openssl.type("last words\n");
        StreamConnection connection = Deadline.get(next);
        assertEquals("last words\n", text(connection.reader().readLine()));
        connection.writer().write(bytes("seen\n"));
        openssl.lineWith("seen"); // what it has not read would make a reset of its end
        openssl.close();

        if (inOrder) {
          assertEquals("", text(connection.reader().read()));
        } else {
          Deadline.failure(TlsTruncationException.class, connection.reader().read());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("versionsAndKeys")
  void openssls_server_serves_a_large_file_and_ends_in_order(String version, String kind)
      throws Exception {
    Files.write(directory.resolve("data"), DATA);
    List<String> command = new ArrayList<>(List.of("openssl", "s_server", "-WWW", version));
    command.addAll(List.of("-accept", "127.0.0.1:0", "-Verify", "1", "-CAfile", authority()));
    command.addAll(OpenSsl.identity(directory, ofKind(kind)));
    try (Program openssl = Program.programIn(directory, command);
        StreamConnection connection = open(OpenSsl.port(openssl), clientWithCertificate())) {
      connection.writer().write(bytes("GET /data HTTP/1.0\r\n\r\n"));
      assertTrue(text(connection.reader().readUntil(bytes("\r\n\r\n"))).startsWith("HTTP/1.0 200"));

      assertArrayEquals(DATA, Deadline.get(connection.reader().read()));
      assertTrue(connection.reader().atEof());
      connection.writer().close();
      assertNull(Deadline.get(connection.writer().waitClosed()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_3", "-tls1_2"})
  void openssls_server_sends_lines_back_and_sees_our_end(String version) throws Exception {
    try (Program openssl = OpenSsl.server(directory, EC, version, "-rev");
        StreamConnection connection = open(OpenSsl.port(openssl), client())) {
      for (int i = 0; i < 1000; i++) {
        String line = "line " + i + " of many";
        connection.writer().write(bytes(line + "\n"));
        String reversed = new StringBuilder(line).reverse() + "\n";
        assertEquals(reversed, text(connection.reader().readLine()));
      }
      connection.writer().close();
      assertNull(Deadline.get(connection.writer().waitClosed()));
      openssl.lineWith("CONNECTION CLOSED");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_3", "-tls1_2"})
  void openssls_server_that_is_killed_leaves_a_stream_cut_off(String version) throws Exception {
    for (boolean inOrder : List.of(false, true)) {
      Program openssl = OpenSsl.server(directory, EC, version, "-rev");
      StreamConnection connection =
          open(OpenSsl.port(openssl), client().withTruncationAsEof(inOrder));
      connection.writer().write(bytes("sdrow tsal\n"));
      assertEquals("last words\n", text(connection.reader().readLine()));
      openssl.close();

      if (inOrder) {
        assertEquals("", text(connection.reader().read()));
        connection.close();
        assertNull(Deadline.get(connection.writer().waitClosed()));
      } else {
        Deadline.failure(TlsTruncationException.class, connection.reader().read());
      }
    }
  }

  @Test
  void openssls_client_may_change_keys_and_ask_us_to() throws Exception {
    try (TestServer served = TestServer.by(TlsPeersTest::echoLines, serving(server(EC)));
        Program openssl = OpenSsl.client(served.address().getPort(), "-tls1_3")) {
      for (int i = 0; i < 20; i++) {
        openssl.type("before " + i + "\n");
        openssl.lineWith("before " + i);
        openssl.type(i % 2 == 0 ? "K\n" : "k\n");
        openssl.lineWith("KEYUPDATE");
        openssl.type("after " + i + "\n");
        openssl.lineWith("after " + i);
      }
      openssl.type("bye\n");
      openssl.lineWith("closed");
      openssl.assertEndsWell();
      assertGone(served);
    }
  }

  @Test
  void openssls_server_may_change_keys_and_ask_us_to() throws Exception {
    try (Program openssl = OpenSsl.server(directory, EC, "-tls1_3");
        StreamConnection connection = open(OpenSsl.port(openssl), client())) {
      for (int i = 0; i < 20; i++) {
        connection.writer().write(bytes("before " + i + "\n"));
        openssl.lineWith("before " + i);
        openssl.type(i % 2 == 0 ? "K\n" : "k\n");
        connection.writer().write(bytes("meanwhile " + i + "\n"));
        openssl.lineWith("meanwhile " + i); // it listens to its keyboard first
        openssl.type("from it " + i + "\n");
        assertEquals("from it " + i + "\n", text(connection.reader().readLine()));
        connection.writer().write(bytes("after " + i + "\n"));
        openssl.lineWith("after " + i);
      }
      connection.writer().close();
      assertNull(Deadline.get(connection.writer().waitClosed()));
    }
  }

  @Test
  void F46_openssls_client_that_changes_keys_and_sends_nothing_is_left() throws Exception {
    CompletableFuture<byte[]> read = new CompletableFuture<>();
    ConnectionHandler handler =
        (reader, writer) ->
            reader
                .read()
                .whenComplete(
                    (bytes, failure) -> {
                      if (failure == null) {
                        read.complete(bytes);
                      } else {
                        read.completeExceptionally(failure);
                      }
                    });
    try (TestServer served = TestServer.by(handler, serving(server(EC)));
        Program openssl = OpenSsl.client(served.address().getPort(), "-tls1_3")) {
      for (int i = 0; i <= 32; i++) {
        openssl.type(i % 2 == 0 ? "K\n" : "k\n");
        openssl.lineWith("KEYUPDATE");
      }

      assertEquals(TlsFailure.FLOOD, Deadline.failure(TlsException.class, read).failure());
    }
  }

  @ParameterizedTest
  @Tag("matrix")
  @ValueSource(ints = {16, 20, 23})
  void much_is_sent_in_both_directions_while_keys_are_updated(int exponent) throws Exception {
    Path limits = directory.resolve("limits");
    String limit = " KeyUpdate 2^" + exponent;
    Files.writeString(
        limits,
        "jdk.tls.keyLimits=AES/GCM/NoPadding" + limit + ", ChaCha20-Poly1305" + limit + "\n");
    int size = (exponent == 23 ? 20 : 8) * 1024 * 1024;
    List<String> command =
        new ArrayList<>(ChildJvm.command(KeyUpdates.class, "-Djava.security.properties=" + limits));
    command.add(EC.chainPem(directory).toString());
    command.add(EC.keyPem(directory).toString());
    command.add(authority());
    command.add(String.valueOf(size));
    try (Program child = Program.program(command)) {
      assertEquals("both directions: " + size, child.lineWith("both"));
      assertEquals("a reader that lags: " + size, child.lineWith("lags"));
      assertEquals("an upload, then a download: " + size, child.lineWith("download"));
    }
  }

  @Test
  void openssls_client_may_not_renegotiate() throws Exception {
    CompletableFuture<StreamConnection> accepted = new CompletableFuture<>();
    ConnectionHandler handler =
        (reader, writer) -> {
          accepted.complete(new StreamConnection(reader, writer));
          return new CompletableFuture<>();
        };
    try (TestServer served = TestServer.by(handler, serving(server(EC)));
        Program openssl = OpenSsl.client(served.address().getPort(), "-tls1_2")) {
      openssl.type("hello\n");
      StreamConnection connection = Deadline.get(accepted);
      assertEquals("hello\n", text(connection.reader().readLine()));
      openssl.type("R\n");
      openssl.lineWith("RENEGOTIATING");

      TlsException failure = Deadline.failure(TlsException.class, connection.reader().readLine());
      assertTrue(failure.getMessage().contains("renegotiat"), failure::getMessage);
      Deadline.get(openssl.handle().onExit()); // it says why, or "closed", as it likes
    }
  }

  @Test
  void openssls_server_may_not_renegotiate() throws Exception {
    try (Program openssl = OpenSsl.server(directory, EC, "-tls1_2");
        StreamConnection connection = open(OpenSsl.port(openssl), client())) {
      connection.writer().write(bytes("hello\n"));
      openssl.lineWith("hello");
      openssl.type("r\n");

      TlsException failure = Deadline.failure(TlsException.class, connection.reader().readLine());
      assertTrue(failure.getMessage().contains("renegotiat"), failure::getMessage);
    }
  }

  @Test
  void F46_a_flood_of_session_tickets_is_taken_before_what_follows() throws Exception {
    try (Program openssl = OpenSsl.server(directory, EC, "-tls1_3", "-num_tickets", "255");
        StreamConnection connection = open(OpenSsl.port(openssl), client())) {
      openssl.type("after the flood\n");
      assertEquals("after the flood\n", text(connection.reader().readLine()));

      connection.writer().write(bytes("and back\n"));
      openssl.lineWith("and back");
    }
  }

  /** Certificates that are good for a name; a part by default. */
  static List<Arguments> namesWithUnderscores() {
    return Multiplicity.ends(
        List.of(
            Arguments.of("-tls1_3", "with_underscore.weir.test", "*.weir.test"),
            Arguments.of("-tls1_3", "with_underscore.test", "with_underscore.test"),
            Arguments.of("-tls1_2", "with_underscore.test.", "with_underscore.test"),
            Arguments.of("-tls1_2", "with_underscore.test", "WITH_underscore.TEST")));
  }

  @ParameterizedTest
  @MethodSource("namesWithUnderscores")
  void openssls_server_is_asked_for_a_name_with_an_underscore(
      String version, String name, String certified) throws Exception {
    try (Program openssl = serverOf(name, certified, version);
        StreamConnection connection =
            open(OpenSsl.port(openssl), client().withServerHostname(name))) {
      connection.writer().write(bytes("abc\n"));

      assertEquals("cba\n", text(connection.reader().readLine()));
    }
  }

  /** Certificates that are not good for a name; a part by default. */
  static List<Arguments> otherNamesWithUnderscores() {
    return Multiplicity.ends(
        List.of(
            Arguments.of("-tls1_3", "with_underscore.test", "*.test"),
            Arguments.of("-tls1_2", "with_underscore.test", "underscore.test"),
            Arguments.of("-tls1_3", "a.with_underscore.weir.test", "*.weir.test"),
            Arguments.of("-tls1_2", "with_underscore.test", "with_*.test")));
  }

  @ParameterizedTest
  @MethodSource("otherNamesWithUnderscores")
  void openssls_certificate_for_another_name_than_that_with_an_underscore_is_refused(
      String version, String name, String certified) throws Exception {
    try (Program openssl = serverOf(name, certified, version)) {
      TlsException failure =
          Deadline.failure(
              TlsException.class,
              AsyncStreams.openConnection(
                  "localhost",
                  OpenSsl.port(openssl),
                  ConnectOptions.DEFAULTS.withTls(client().withServerHostname(name))));

      assertEquals(TlsFailure.WRONG_HOST, failure.failure());
      String told = "the server's certificate is for " + certified + ", not for '" + name + "'";
      assertTrue(failure.getMessage().contains(told), failure::getMessage);
    }
  }

  /** It refuses clients that ask for another name. */
  private Program serverOf(String name, String certified, String version) throws Exception {
    Issued own = AUTHORITY.issue(Leaf.DEFAULTS.withNames(certified));
    return OpenSsl.server(
        directory,
        own,
        version,
        "-rev",
        "-servername_fatal",
        "-servername",
        name.replaceAll("\\.$", ""),
        "-cert2",
        own.chainPem(directory).toString(),
        "-key2",
        own.keyPem(directory).toString());
  }

  @Test
  void openssls_client_resumes_a_session_of_our_server() throws Exception {
    for (String version : List.of("-tls1_3", "-tls1_2")) {
      String session = directory.resolve("session" + version).toString();
      try (TestServer served = TestServer.by(TlsPeersTest::echoLines, serving(server(EC)))) {
        for (String word : List.of("New, ", "Reused, ")) {
          String io = word.startsWith("New") ? "-sess_out" : "-sess_in";
          try (Program openssl = OpenSsl.client(served.address().getPort(), version, io, session)) {
            openssl.lineWith(word + "TLSv1");
            openssl.type("hello\n");
            openssl.lineWith("hello"); // the ticket of TLS 1.3 comes before it
            openssl.type("bye\n");
            openssl.lineWith("closed");
          }
        }
        assertGone(served);
      }
    }
  }

  // ---- curl ----

  private static CompletableFuture<Void> answer(StreamReader reader, StreamWriter writer) {
    return reader
        .readUntil("\r\n\r\n".getBytes(US_ASCII))
        .thenAccept(
            request -> {
              writer.write(bytes("HTTP/1.1 200 OK\r\nContent-Length: " + SIZE + "\r\n\r\n"));
              writer.write(DATA);
              writer.close();
            })
        .thenCompose(nothing -> writer.waitClosed());
  }

  @ParameterizedTest
  @CsvSource({"--tlsv1.3, EC", "--tlsv1.2, RSA"})
  void curl_fetches_a_large_page(String version, String kind) throws Exception {
    Path page = directory.resolve("page");
    TlsOptions tls = server(ofKind(kind)).withApplicationProtocols("http/1.1");
    try (TestServer served = TestServer.by(TlsPeersTest::answer, serving(tls))) {
      List<String> command = new ArrayList<>(List.of("curl", "-sS", "--noproxy", "*", version));
      command.addAll(List.of("--cacert", authority(), "-o", page.toString()));
      command.addAll(List.of("-w", "%{http_code} %{ssl_verify_result}\\n"));
      command.add("https://localhost:" + served.address().getPort() + "/");
      try (Program curl = Program.program(command)) {
        assertEquals("200 0", curl.line());
        curl.assertEndsWell();
      }
      assertArrayEquals(DATA, Files.readAllBytes(page));
      assertGone(served);
    }
  }

  // ---- GnuTLS ----

  @ParameterizedTest
  @CsvSource({"NORMAL:-VERS-ALL:+VERS-TLS1.3, EC", "NORMAL:-VERS-ALL:+VERS-TLS1.2, RSA"})
  void gnutlss_client_talks_to_our_server(String priority, String kind) throws Exception {
    TlsOptions asking = server(ofKind(kind)).withClientAuth(ClientAuth.REQUIRED);
    try (TestServer served = TestServer.by(TlsPeersTest::echoLines, serving(asking))) {
      List<String> command = new ArrayList<>(List.of("gnutls-cli", "--priority", priority));
      command.addAll(List.of("--x509cafile", authority()));
      command.addAll(List.of("--x509certfile", CLIENT.chainPem(directory).toString()));
      command.addAll(List.of("--x509keyfile", CLIENT.traditionalKeyPem(directory).toString()));
      command.addAll(List.of("-p", served.address().getPort() + "", "localhost"));
      try (Program gnutls = Program.program(command)) {
        gnutls.lineWith("Handshake was completed");
        gnutls.type("hello\n");
        gnutls.lineWith("hello");
        gnutls.type("bye\n");
        gnutls.lineWith("bye");
        gnutls.lineWith("Peer has closed the GnuTLS connection");
        gnutls.assertEndsWell();
        assertGone(served);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"NORMAL:-VERS-ALL:+VERS-TLS1.3, EC", "NORMAL:-VERS-ALL:+VERS-TLS1.2, RSA"})
  void gnutlss_server_sends_our_bytes_back(String priority, String kind) throws Exception {
    int port = BlockingSockets.closedPort(); // it does not say which one the kernel has picked
    Issued own = ofKind(kind);
    List<String> command = new ArrayList<>(List.of("gnutls-serv", "--echo", "--port", port + ""));
    command.addAll(
        List.of("--priority", priority, "--require-client-cert", "--verify-client-cert"));
    command.addAll(List.of("--x509cafile", authority()));
    command.addAll(List.of("--x509certfile", own.chainPem(directory).toString()));
    command.addAll(List.of("--x509keyfile", own.traditionalKeyPem(directory).toString()));
    try (Program gnutls = Program.program(command)) {
      gnutls.lineWith("Echo Server listening");
      try (StreamConnection connection = open(port, clientWithCertificate())) {
        for (int i = 0; i < 100; i++) {
          String line = "line " + i + "x".repeat(i * 100) + "\n";
          connection.writer().write(bytes(line));
          assertEquals(line, text(connection.reader().readLine()));
        }
        connection.writer().close();
        assertNull(Deadline.get(connection.writer().waitClosed()));
      }
    }
  }

  // ---- sslscan ----

  private static Document scan(TestServer served, Path output) throws Exception {
    List<String> command = new ArrayList<>(List.of("sslscan", "--no-colour", "--xml=" + output));
    command.addAll(List.of("--no-groups", "--no-check-certificate", "--sni-name=localhost"));
    command.add("127.0.0.1:" + served.address().getPort());
    try (Program sslscan = Program.program(command)) {
      sslscan.assertEndsWell();
    }
    return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(output.toFile());
  }

  private static List<Element> all(String what, Document in) {
    NodeList found = in.getElementsByTagName(what);
    return IntStream.range(0, found.getLength()).mapToObj(i -> (Element) found.item(i)).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA"})
  void sslscan_finds_good_versions_and_suites_only(String kind) throws Exception {
    ServerOptions options = serving(server(ofKind(kind)));
    try (TestServer served = TestServer.by(TlsPeersTest::echoLines, options)) {
      Document found = scan(served, directory.resolve("scan.xml"));
      List<String> versions = new ArrayList<>();
      for (Element protocol : all("protocol", found)) {
        if (protocol.getAttribute("enabled").equals("1")) {
          versions.add(protocol.getAttribute("type") + protocol.getAttribute("version"));
        }
      }
      assertEquals(List.of("tls1.2", "tls1.3"), versions);

      List<Element> suites = all("cipher", found);
      assertFalse(suites.isEmpty());
      for (Element suite : suites) {
        String name = suite.getAttribute("cipher");
        boolean newest = suite.getAttribute("sslversion").equals("TLSv1.3");
        assertTrue(newest || name.matches("(ECDHE|DHE)-.*(GCM|POLY1305).*"), name);
      }
      for (Element compression : all("compression", found)) {
        assertEquals("0", compression.getAttribute("supported"));
      }
      for (Element bleeding : all("heartbleed", found)) {
        assertEquals("0", bleeding.getAttribute("vulnerable"));
      }
    }
  }
}
