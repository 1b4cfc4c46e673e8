package io.weir.internal.tls.pem;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.certificates.KeyKind;
import io.weir.certificates.Leaf;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys and certificates on curves that the JDK does not know are told as that. */
class EcCurveTest {

  @TempDir private Path files;

  private Path made(String name, String... command) throws Exception {
    Path file = files.resolve(name);
    String[] all = Arrays.copyOf(command, command.length + 2);
    all[command.length] = "-out";
    all[command.length + 1] = file.toString();
    PemText.openssl((Object[]) all);
    return file;
  }

  private Path certificate(Path key) throws Exception {
    return made(
        key.getFileName() + ".certificate",
        "req",
        "-x509",
        "-key",
        key.toString(),
        "-subj",
        "/CN=localhost",
        "-days",
        "30");
  }

  private static void assertTold(String file, String why, IOException refused) {
    assertTrue(refused.getMessage().contains(file), refused::getMessage);
    assertTrue(refused.getMessage().contains(why), refused::getMessage);
    assertTrue(refused.getMessage().contains("use secp256r1"), refused::getMessage);
  }

  @Test
  void secp256k1() throws Exception {
    Path sec1 = made("sec1", "ecparam", "-name", "secp256k1", "-genkey", "-noout");
    Path pkcs8 = made("pkcs8", "pkey", "-in", sec1.toString());
    Path own = certificate(sec1);
    Issued other = CertificateAuthority.create("Test CA").issue();
    String why = "on the curve 1.3.132.0.10, which this JDK cannot use";

    for (Path key : new Path[] {sec1, pkcs8}) {
      assertTold(
          "'" + key + "' has a private key",
          why,
          assertThrows(IOException.class, () -> TlsOptions.fromPem(own, key)));
      assertTold(
          "'" + key + "' has a private key",
          why,
          assertThrows(IOException.class, () -> TlsOptions.fromPem(other.chainPem(files), key)));
    }
    assertTold(
        "'" + own + "' has a certificate",
        why,
        assertThrows(IOException.class, () -> TlsOptions.fromPem(own, other.keyPem(files))));
  }

  @Test
  void explicit_parameters() throws Exception {
    Path key =
        made(
            "key", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit");
    Path own = certificate(key);
    Issued other = CertificateAuthority.create("Test CA").issue();
    String why = "on a curve without a name (explicit parameters)";

    assertTold(
        "'" + own + "' has a certificate",
        why,
        assertThrows(IOException.class, () -> TlsOptions.fromPem(own, key)));
    assertTold(
        "'" + own + "' has a certificate",
        why,
        assertThrows(IOException.class, () -> TlsOptions.trusting(own)));
    assertTold(
        "'" + key + "' has a private key",
        why,
        assertThrows(IOException.class, () -> TlsOptions.fromPem(other.chainPem(files), key)));
  }

  @ParameterizedTest
  @EnumSource
  void nothing_is_wrong_with_the_curves_of_other_keys(KeyKind kind) {
    Issued issued = CertificateAuthority.create("Test CA").issue(Leaf.DEFAULTS.withKey(kind));

    assertNull(EcCurve.whyUnreadable(issued.key().getEncoded()));
    assertNull(EcCurve.whyUnreadable(issued.certificate().getPublicKey().getEncoded()));
  }

  @Test
  void bytes_that_are_no_key_have_no_curve() {
    byte[] key = CertificateAuthority.create("Test CA").issue().key().getEncoded();
    for (int length = 0; length < key.length; length++) {
      assertNull(EcCurve.whyUnreadable(Arrays.copyOf(key, length)));
    }
  }
}
