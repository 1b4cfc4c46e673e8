package io.weir.benchmarks.compare;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.weir.benchmarks.server.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;

/** Makes a certificate for the servers, with the JDK's keytool. */
public final class SelfSigned {

  private static final String PASSWORD = "benchmarks"; // of a file that is deleted at once
  private static final String ALIAS = "server";

  private SelfSigned() {}

  /** Makes a certificate, and writes it and its key into a directory. */
  public static Tls in(Path directory)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path store = directory.resolve("store.p12");
    makeStore(store);
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    Files.delete(store);
    byte[] certificate = keys.getCertificate(ALIAS).getEncoded();
    byte[] key = keys.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded();
    return new Tls(
        write(directory.resolve("certificate.pem"), "CERTIFICATE", certificate),
        write(directory.resolve("key.pem"), "PRIVATE KEY", key));
  }

  private static void makeStore(Path store) throws IOException, InterruptedException {
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    List<String> command =
        List.of(
            keytool,
            "-genkeypair",
            "-alias",
            ALIAS,
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-dname",
            "CN=localhost",
            "-ext",
            "san=dns:localhost,ip:127.0.0.1",
            "-validity",
            "30",
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
            "-keystore",
            store.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), US_ASCII);
    if (process.waitFor() != 0) {
      throw new IOException("keytool made no certificate: " + said);
    }
  }

  private static Path write(Path file, String what, byte[] bytes) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    String pem = "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
    return Files.writeString(file, pem, US_ASCII);
  }
}
