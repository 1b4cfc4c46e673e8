package io.weir.published;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A key of GnuPG for tests, without a passphrase. */
final class SigningKey {

  private static final String OWNER = "release@weir.test";

  private final Path home;

  private SigningKey(Path home) {
    this.home = home;
  }

  /** Creates a key in a new folder of a directory. */
  static SigningKey create(Path directory) throws Exception {
    Path home = Files.createTempDirectory(directory, "gpg");
    SigningKey key = new SigningKey(home);
    key.gpg("--passphrase", "", "--quick-generate-key", OWNER, "ed25519", "sign", "never");
    return key;
  }

  /** Returns the secret key as text. */
  String armored() throws Exception {
    String output = gpg("--passphrase", "", "--armor", "--export-secret-keys", OWNER);
    return output.substring(output.indexOf("-----BEGIN"));
  }

  /** Checks the signature of a file. */
  void verify(Path signature, Path file) throws Exception {
    gpg("--verify", signature.toString(), file.toString());
  }

  private String gpg(String... arguments) throws Exception {
    List<String> command =
        List.of("gpg", "--homedir", home.toString(), "--batch", "--pinentry-mode", "loopback");
    return Command.run(home, Stream.concat(command.stream(), Stream.of(arguments)).toList());
  }
}
