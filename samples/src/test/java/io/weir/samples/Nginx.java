package io.weir.samples;

import static org.junit.jupiter.api.Assertions.fail;

import io.weir.certificates.Issued;
import io.weir.testing.Program;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An nginx that answers over TLS, one process in a folder of its own. */
final class Nginx implements AutoCloseable {

  /** Debian's is not on the path of every user. */
  private static final Path DEBIAN = Path.of("/usr/sbin/nginx");

  private static final int ATTEMPTS = 5;

  private final Program program;
  private final int port;

  private Nginx(Program program, int port) {
    this.program = program;
    this.port = port;
  }

  static Nginx start(Path folder, Issued certificate) throws Exception {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Nginx started = onPort(freePort(), folder, certificate);
      if (started.listens()) {
        return started;
      }
      started.close(); // another process has bound the port meanwhile
    }
    return fail("nginx found no free port");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Nginx onPort(int port, Path folder, Issued certificate) throws IOException {
    Path config = folder.resolve("nginx.conf");
    Files.writeString(config, config(port, folder, certificate));
    String command = Files.isExecutable(DEBIAN) ? DEBIAN.toString() : "nginx";
    List<String> words =
        List.of(command, "-p", folder.toString(), "-c", config.toString(), "-e", "stderr");
    return new Nginx(Program.withInput("", words), port);
  }

  private static String config(int port, Path folder, Issued certificate) {
    return """
        daemon off;
        master_process off;
        pid nginx.pid;
        error_log stderr notice;
        events {}
        http {
          access_log off;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;
          server {
            listen 127.0.0.1:%d ssl;
            ssl_protocols TLSv1.2 TLSv1.3;
            ssl_certificate %s;
            ssl_certificate_key %s;
            add_header X-Asked $request_uri;
            add_header X-Protocol $ssl_protocol;
            return 204;
          }
        }
        """
        .formatted(port, certificate.chainPem(folder), certificate.keyPem(folder));
  }

  /** Listening comes first, then the notice of how it waits for events. */
  private boolean listens() throws InterruptedException {
    StringBuilder told = new StringBuilder();
    String line = program.errorLine();
    while (line != null) {
      if (line.contains("event method")) {
        return true;
      }
      if (line.contains("Address already in use")) {
        return false;
      }
      told.append(line).append('\n');
      line = program.errorLine();
    }
    return fail("nginx has ended: " + told);
  }

  /** Where it answers, by a host's name or address. */
  String url(String host, String path) {
    return "https://" + host + ":" + port + path;
  }

  @Override
  public void close() {
    program.close();
  }
}
