package io.weir.testing;

import io.weir.certificates.Issued;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** OpenSSL's programs as the other end of a TLS connection. */
public final class OpenSsl {

  private static final String END = "-----END CERTIFICATE-----";

  private OpenSsl() {}

  /** Starts a server, which says its port: {@link #port}. */
  public static Program server(Path directory, Issued own, String... more) throws IOException {
    List<String> command = new ArrayList<>(List.of("openssl", "s_server"));
    command.addAll(List.of("-accept", "127.0.0.1:0"));
    command.addAll(identity(directory, own));
    command.addAll(List.of(more));
    return Program.program(command);
  }

  /** The port on which a server listens. */
  public static int port(Program server) throws InterruptedException {
    String line = server.lineWith("ACCEPT ");
    return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
  }

  /** Starts a client. */
  public static Program client(int port, String... more) throws IOException {
    List<String> command = new ArrayList<>(List.of("openssl", "s_client"));
    command.addAll(List.of("-connect", "127.0.0.1:" + port));
    command.addAll(List.of(more));
    return Program.program(command);
  }

  /** The words that give it a certificate, its key, and the authorities in between. */
  public static List<String> identity(Path directory, Issued own) {
    Path chain = own.chainPem(directory);
    List<String> words = new ArrayList<>(List.of("-cert", chain.toString()));
    words.addAll(List.of("-key", own.keyPem(directory).toString()));
    if (own.chain().length > 1) {
      words.addAll(List.of("-cert_chain", above(chain).toString()));
    }
    return words;
  }

  /** Writes what is behind the first certificate of a file. */
  private static Path above(Path chain) {
    try {
      String pem = Files.readString(chain);
      int end = pem.indexOf(END) + END.length();
      return Files.writeString(Path.of(chain + ".above"), pem.substring(end));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
