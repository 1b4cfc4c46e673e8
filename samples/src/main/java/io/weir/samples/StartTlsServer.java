package io.weir.samples;

// java -jar samples/target/weir-samples.jar starttls-demo server --lang java \
//     --tls-cert cert.pem --tls-key key.pem
// and to talk to it: openssl s_client -starttls smtp -connect localhost:8888 -crlf -quiet
// StartTlsDemo.kt shows how to make the certificate.

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.ConnectionHandler;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Speaks a little SMTP: in the clear at first, over TLS after STARTTLS. */
final class StartTlsServer {

  private StartTlsServer() {}

  static void run(Endpoint endpoint, TlsOptions tls) {
    Server server = start(endpoint, tls).join();
    System.out.println("Serving on " + Endpoint.of(server));
    UntilStopped.serve(server);
  }

  static CompletableFuture<Server> start(Endpoint endpoint, TlsOptions tls) {
    ServerOptions options = ServerOptions.DEFAULTS.withErrorListener(OneLine::print);
    ConnectionHandler handler = (reader, writer) -> handleClient(reader, writer, tls);
    return endpoint.listen(ConnectionHandler.closing(handler), options);
  }

  private static CompletionStage<?> handleClient(
      StreamReader reader, StreamWriter writer, TlsOptions tls) {
    say(writer, "220 localhost says hello in the clear");
    return reader.forEachLine(line -> answer(new String(line, UTF_8).stripTrailing(), writer, tls));
  }

  private static CompletionStage<?> answer(String line, StreamWriter writer, TlsOptions tls) {
    return switch (line.split(" ", 2)[0].toUpperCase(Locale.ROOT)) {
      case "EHLO" -> sayWhatIsOffered(writer);
      case "STARTTLS" -> upgrade(writer, tls);
      case "NOOP" -> say(writer, "250 ok");
      case "QUIT" -> say(writer, "221 bye").thenRun(writer::close);
      default -> say(writer, "250 you said " + line);
    };
  }

  private static CompletionStage<?> sayWhatIsOffered(StreamWriter writer) {
    return isSecured(writer)
        ? say(writer, "250 localhost")
        : say(writer, "250-localhost\r\n250 STARTTLS");
  }

  private static CompletionStage<?> upgrade(StreamWriter writer, TlsOptions tls) {
    if (isSecured(writer)) {
      return say(writer, "503 TLS is already active");
    }
    return say(writer, "220 go ahead").thenCompose(said -> writer.startTls(tls));
  }

  private static boolean isSecured(StreamWriter writer) {
    return writer.getExtraInfo(ExtraInfo.TLS_PROTOCOL) != null;
  }

  private static CompletableFuture<@Nullable Void> say(StreamWriter writer, String line) {
    writer.write((line + "\r\n").getBytes(UTF_8));
    return writer.drain();
  }
}
