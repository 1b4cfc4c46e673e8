package io.weir.samples;

// java -jar samples/target/weir-samples.jar starttls-demo client --lang java --tls-ca cert.pem

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.ConnectOptions;
import io.weir.ExtraInfo;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Prints a conversation that switches to TLS: C is the client, S the server. Blocks until each
 * future completes, as a program may do on its own threads.
 */
final class StartTlsClient {

  private final StreamReader reader;
  private final StreamWriter writer;

  private StartTlsClient(StreamConnection connection) {
    this.reader = connection.reader();
    this.writer = connection.writer();
  }

  static void run(Endpoint server, TlsOptions tls) throws IOException {
    try (StreamConnection connection = server.connect(ConnectOptions.DEFAULTS).join()) {
      new StartTlsClient(connection).talk(tls);
    }
  }

  private void talk(TlsOptions tls) throws IOException {
    hear("220");
    List<String> offered = ask("EHLO localhost", "250");
    if (offered.stream().noneMatch(line -> line.matches("250[- ]STARTTLS"))) {
      throw new IOException(
          "the server does not offer STARTTLS"); // or an attacker removed the offer
    }
    ask("STARTTLS", "220");

    writer.startTls(tls).join();

    System.out.println("-- " + writer.getExtraInfo(ExtraInfo.TLS_PROTOCOL) + " from here on --");
    ask("EHLO localhost", "250"); // what was said in the clear no longer counts
    ask("Hello World!", "250");
    ask("QUIT", "221");
    writer.close();
    writer.waitClosed().join();
  }

  private List<String> ask(String line, String code) throws IOException {
    System.out.println("C: " + line);
    writer.write((line + "\r\n").getBytes(UTF_8));
    writer.drain().join();
    return hear(code);
  }

  /** Reads a reply. All its lines but the last have a - after the code. */
  private List<String> hear(String code) throws IOException {
    List<String> lines = new ArrayList<>();
    String line;
    do {
      line = new String(reader.readLine().join(), UTF_8).stripTrailing();
      System.out.println("S: " + line);
      if (!line.startsWith(code)) {
        throw new IOException("the server replied '" + line + "' instead of " + code);
      }
      lines.add(line);
    } while (line.startsWith(code + "-"));
    return lines;
  }
}
