package io.weir.interop;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.noise;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.StreamConnection;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.testing.Deadline;
import io.weir.testing.Program;
import io.weir.testing.TlsOptionsSource;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that Python's asyncio receives. */
class FilePeersTest {

  private static final int SIZE = 16 << 20;
  private static final int START = 4321;
  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");

  @TempDir Path directory;

  @Test
  void python_receives_a_file_over_TCP() throws Exception {
    try (Program python = Program.python("counted_digest_server.py", "tcp")) {
      assertSent(AsyncStreams.openConnection("127.0.0.1", python.port()));
    }
  }

  @Test
  void python_receives_a_file_over_a_Unix_domain_socket() throws Exception {
    Path path = directory.resolve("s");
    try (Program python = Program.python("counted_digest_server.py", "unix", path)) {
      assertEquals("port 0", python.line());
      assertSent(AsyncStreams.openUnixConnection(path));
    }
  }

  @Test
  void python_receives_a_file_over_TLS() throws Exception {
    Issued own = AUTHORITY.issue();
    try (Program python =
        Program.python(
            "counted_digest_server.py", "tls", own.chainPem(directory), own.keyPem(directory))) {
      ConnectOptions options =
          ConnectOptions.DEFAULTS.withTls(
              TlsOptionsSource.FILES.options(directory, null, AUTHORITY));
      assertSent(AsyncStreams.openConnection("localhost", python.port(), options));
    }
  }

  private void assertSent(CompletableFuture<StreamConnection> opening) throws Exception {
    byte[] content = noise(START + SIZE, 13);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(content, START, SIZE);
    Path path = Files.write(directory.resolve("file"), content);
    try (StreamConnection connection = Deadline.get(opening);
        FileChannel file = FileChannel.open(path)) {
      connection.writer().write(bytes(SIZE + "\n"));
      assertEquals(SIZE, Deadline.get(connection.writer().transferFrom(file, START, SIZE)));

      String answer = text(Deadline.get(connection.reader().readLine()));
      assertEquals("0 " + HexFormat.of().formatHex(digest.digest()) + "\n", answer);
    }
  }
}
