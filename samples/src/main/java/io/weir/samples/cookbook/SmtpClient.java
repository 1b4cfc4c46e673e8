package io.weir.samples.cookbook;

import static io.weir.AsyncStreams.await;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.Decoder;
import io.weir.Decoders;
import io.weir.Encoders;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Submits a message to a mail server, over TLS after STARTTLS (RFC 6409, RFC 3207). Waits for each
 * reply, so call it on a thread that may block.
 */
public final class SmtpClient {

  private static final Decoder<@Nullable String> LINE = Decoders.textLine().withLimit(1024);
  private static final int MAX_LINES = 100; // of a reply
  private static final ConnectOptions OPTIONS =
      ConnectOptions.DEFAULTS
          .withConnectTimeout(Duration.ofSeconds(30))
          .withReadTimeout(Duration.ofMinutes(5)); // RFC 5321, section 4.5.3.2

  private final StreamConnection connection;

  private SmtpClient(StreamConnection connection) {
    this.connection = connection;
  }

  /** Submits a message; the text has header lines, an empty line, and the body. */
  public static void send(
      String host, int port, TlsOptions tls, Login login, String from, String to, String text)
      throws IOException {
    try (StreamConnection connection = await(AsyncStreams.openConnection(host, port, OPTIONS))) {
      SmtpClient client = new SmtpClient(connection);
      client.logIn(tls, login);
      client.submit(from, to, text);
    }
  }

  /** A user of the mail server. */
  public record Login(String user, String password) {}

  private void logIn(TlsOptions tls, Login login) throws IOException {
    expect("220");
    if (!call("EHLO localhost", "250").contains("STARTTLS")) {
      throw new IOException("The server offers no STARTTLS, or an attacker has removed the offer");
    }
    call("STARTTLS", "220");
    await(connection.writer().startTls(tls)); // also checks the host name

    call("EHLO localhost", "250"); // the first reply was not protected
    String plain = "\0" + login.user() + "\0" + login.password();
    call("AUTH PLAIN " + Base64.getEncoder().encodeToString(plain.getBytes(UTF_8)), "235");
  }

  private void submit(String from, String to, String text) throws IOException {
    call("MAIL FROM:<" + from + ">", "250");
    call("RCPT TO:<" + to + ">", "250");
    call("DATA", "354");
    for (String line : text.lines().toList()) {
      String stuffed = line.startsWith(".") ? "." + line : line; // RFC 5321, section 4.5.2
      await(connection.writer().send(Encoders.textLine(), stuffed));
    }
    call(".", "250");
    call("QUIT", "221");
  }

  /** Sends one line and returns the reply. */
  private List<String> call(String line, String code) throws IOException {
    await(connection.writer().send(Encoders.textLine(), line));
    return expect(code);
  }

  /** Reads a reply: lines {@code 250-text}, and a last line {@code 250 text}. */
  private List<String> expect(String code) throws IOException {
    List<String> texts = new ArrayList<>();
    String line;
    do {
      line = await(connection.reader().read(LINE));
      if (line == null) {
        throw new EOFException("The server has closed the connection");
      }
      if (!line.matches(code + "([- ].*)?")) {
        throw new IOException("The server replied '" + line + "' instead of " + code);
      }
      texts.add(line.substring(Math.min(4, line.length())));
      if (texts.size() > MAX_LINES) {
        throw new IOException("The server sent a reply of more than " + MAX_LINES + " lines");
      }
    } while (line.startsWith(code + "-"));
    return texts;
  }
}
