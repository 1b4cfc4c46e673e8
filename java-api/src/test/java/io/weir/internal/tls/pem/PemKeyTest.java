package io.weir.internal.tls.pem;

import static io.weir.internal.tls.pem.PemText.assertRefused;
import static io.weir.internal.tls.pem.PemText.file;
import static io.weir.internal.tls.pem.PemText.joined;
import static io.weir.internal.tls.pem.PemText.openssl;
import static io.weir.internal.tls.pem.PemText.section;
import static io.weir.internal.tls.pem.PemText.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.certificates.KeyKind;
import io.weir.certificates.Leaf;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PemKeyTest {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final Map<KeyKind, Issued> ISSUED = new EnumMap<>(KeyKind.class);

  static {
    for (KeyKind kind : KeyKind.values()) {
      ISSUED.put(kind, AUTHORITY.issue(Leaf.DEFAULTS.withKey(kind)));
    }
  }

  private static final Issued EC = ISSUED.get(KeyKind.EC);
  private static final Issued RSA = ISSUED.get(KeyKind.RSA);

  @TempDir private Path files;

  private PrivateKey read(Path key, Issued owner) throws IOException {
    return PemKey.read(key, owner.certificate(), Path.of("chain.pem"));
  }

  private void assertKeyRefused(Path key, Issued owner, String... words) throws IOException {
    assertRefused(key, () -> read(key, owner), words);
  }

  // ---- the forms ----

  @ParameterizedTest
  @EnumSource
  void a_key_in_pkcs8_is_read(KeyKind kind) throws Exception {
    Issued owner = ISSUED.get(kind);

    assertEquals(owner.key(), read(owner.keyPem(files), owner));
  }

  @Test
  void a_key_in_pkcs1_is_read() throws Exception {
    Path key = RSA.traditionalKeyPem(files);

    assertTrue(text(key).startsWith("-----BEGIN RSA PRIVATE KEY-----"));
    assertEquals(RSA.key(), read(key, RSA));
  }

  @Test
  void a_key_in_sec1_is_read() throws Exception {
    Path key = EC.traditionalKeyPem(files);

    assertTrue(text(key).startsWith("-----BEGIN EC PRIVATE KEY-----"));
    assertEquals(secret(EC.key()), secret(read(key, EC)));
  }

  private static BigInteger secret(PrivateKey key) {
    return ((ECPrivateKey) key).getS();
  }

  @Test
  void a_key_is_found_among_the_certificates_of_one_file() throws Exception {
    Path both = joined(files, EC.chainPem(files), EC.keyPem(files));

    assertEquals(EC.key(), read(both, EC));
  }

  @Test
  void the_first_of_two_keys_is_taken() throws Exception {
    Path two = joined(files, EC.keyPem(files), RSA.keyPem(files));

    assertEquals(EC.key(), read(two, EC));
  }

  @Test
  void lines_may_end_otherwise() throws Exception {
    Path windows = file(files, text(EC.keyPem(files)).replace("\n", " \r\n"));

    assertEquals(EC.key(), read(windows, EC));
  }

  // ---- what openssl makes ----

  @ParameterizedTest
  @CsvSource({
    "genrsa -traditional 2048, RSA PRIVATE KEY",
    "genrsa 2048, PRIVATE KEY",
    "genrsa -traditional 3072, RSA PRIVATE KEY",
    "ecparam -genkey -name prime256v1, EC PRIVATE KEY",
    "ecparam -genkey -noout -name secp384r1, EC PRIVATE KEY",
    "ecparam -genkey -noout -name secp521r1, EC PRIVATE KEY",
    "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384, PRIVATE KEY",
    "genpkey -algorithm ed25519, PRIVATE KEY",
    "genpkey -algorithm ed448, PRIVATE KEY"
  })
  void keys_that_openssl_makes_are_read(String command, String label) throws Exception {
    Path key = make(command);
    Path certificate = selfSigned(key);

    assertTrue(text(key).contains("-----BEGIN " + label + "-----"));
    PrivateKey read = readWith(key, certificate);

    assertArrayEquals(
        publicKey(key), publicKey(file(files, section("PRIVATE KEY", read.getEncoded()))));
  }

  private Path make(String command) throws Exception {
    Path key = Files.createTempFile(files, "made", ".key");
    List<Object> words = new ArrayList<>(List.of(command.split(" ")));
    words.addAll(1, List.of("-out", key));
    openssl(words.toArray());
    return key;
  }

  private Path selfSigned(Path key) throws Exception {
    Path certificate = Files.createTempFile(files, "made", ".crt");
    openssl("req", "-x509", "-key", key, "-subj", "/CN=localhost", "-out", certificate);
    return certificate;
  }

  private static PrivateKey readWith(Path key, Path certificate) throws IOException {
    return PemKey.read(key, PemCertificates.read(certificate).get(0), certificate);
  }

  private byte[] publicKey(Path key) throws Exception {
    Path written = Files.createTempFile(files, "public", ".der");
    openssl("pkey", "-in", key, "-pubout", "-outform", "DER", "-out", written);
    return Files.readAllBytes(written);
  }

  @Test
  void the_parameters_of_a_curve_before_its_key_are_passed_over() throws Exception {
    Path key = make("ecparam -genkey -name prime256v1");

    assertTrue(text(key).startsWith("-----BEGIN EC PARAMETERS-----"));
    assertEquals("EC", readWith(key, selfSigned(key)).getAlgorithm());
  }

  @Test
  void openssl_may_describe_the_key_before_it() throws Exception {
    Path described = files.resolve("described.pem");
    openssl("pkey", "-text", "-in", EC.keyPem(files), "-out", described);

    assertEquals(EC.key(), read(described, EC));
  }

  // ---- F52 ----

  @Test
  void F52_a_missing_file_is_named() {
    Path missing = files.resolve("missing.pem");

    NoSuchFileException error = assertThrows(NoSuchFileException.class, () -> read(missing, EC));
    assertEquals(missing + ": there is no such file", error.getMessage());
  }

  @Test
  void F52_a_file_with_certificates_only_is_refused() throws Exception {
    assertKeyRefused(
        EC.chainPem(files), EC, "no private key", "only CERTIFICATE:", "-----BEGIN PRIVATE KEY---");
  }

  @ParameterizedTest
  @ValueSource(strings = {"OPENSSH PRIVATE KEY", "PUBLIC KEY", "DSA PRIVATE KEY"})
  void F52_keys_of_another_form_are_refused(String label) throws Exception {
    Path other = file(files, section(label, EC.key().getEncoded()));

    assertKeyRefused(other, EC, "no private key", "only " + label + ":");
  }

  @ParameterizedTest
  @EnumSource
  void F52_an_encrypted_key_is_refused_with_what_decrypts_it(KeyKind kind) throws Exception {
    Issued owner = ISSUED.get(kind);

    assertKeyRefused(owner.encryptedKeyPem(files), owner, "is encrypted", "openssl pkey -in");
  }

  @Test
  void F52_a_key_that_is_encrypted_in_the_older_way_is_refused() throws Exception {
    Path encrypted = files.resolve("encrypted.pem");
    openssl(
        "rsa",
        "-aes128",
        "-traditional",
        "-in",
        RSA.keyPem(files),
        "-out",
        encrypted,
        "-passout",
        "pass:secret");

    assertTrue(text(encrypted).contains("Proc-Type: 4,ENCRYPTED"));
    assertKeyRefused(encrypted, RSA, "is encrypted", "openssl pkey -in");
  }

  @Test
  void F52_what_is_said_to_decrypt_a_key_does() throws Exception {
    Path copy = files.resolve("copy.pem");
    openssl(
        "pkey",
        "-in",
        EC.encryptedKeyPem(files),
        "-out",
        copy,
        "-passin",
        "pass:" + Issued.PASSWORD);

    assertEquals(EC.key(), read(copy, EC));
  }

  @ParameterizedTest
  @EnumSource
  void F52_the_key_of_another_certificate_is_refused(KeyKind kind) throws Exception {
    Issued owner = ISSUED.get(kind);
    Issued other = AUTHORITY.issue(Leaf.DEFAULTS.withKey(kind));
    Issued another = AUTHORITY.issue(Leaf.DEFAULTS.withKey(kind));
    Issued stranger = other.key().equals(owner.key()) ? another : other;

    assertNotItsKey(stranger.keyPem(files), owner);
    if (kind != KeyKind.ED25519) {
      assertNotItsKey(stranger.traditionalKeyPem(files), owner);
    }
  }

  @Test
  void F52_a_key_of_another_kind_is_refused() throws Exception {
    for (Issued owner : ISSUED.values()) {
      for (Issued other : ISSUED.values()) {
        if (other != owner) {
          assertNotItsKey(other.keyPem(files), owner);
          assertNotItsKey(other.traditionalKeyPem(files), owner);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"secp384r1", "secp521r1"})
  void F52_a_key_of_another_curve_is_refused(String curve) throws Exception {
    Path sec1 = make("ecparam -genkey -noout -name " + curve);
    Path pkcs8 = make("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:" + curve);

    assertNotItsKey(pkcs8, EC);
    assertNotItsKey(sec1, EC);
  }

  private void assertNotItsKey(Path key, Issued owner) throws IOException {
    assertKeyRefused(key, owner, "does not belong to the first certificate of 'chain.pem'");
  }

  @Test
  void F52_a_certificate_of_another_kind_than_is_supported_is_refused() throws Exception {
    Path parameters = files.resolve("dsa.pem");
    openssl("dsaparam", "-out", parameters, "1024");
    Path key = files.resolve("dsa.key");
    openssl("gendsa", "-out", key, parameters);
    Path certificate = selfSigned(key);

    IOException error = assertThrows(IOException.class, () -> readWith(key, certificate));
    assertTrue(error.getMessage().contains("'" + certificate + "'"), error::getMessage);
    assertTrue(error.getMessage().contains("DSA"), error::getMessage);
  }

  @Test
  void F52_a_key_that_is_not_base64_is_refused() throws Exception {
    String text = text(EC.keyPem(files));
    Path bad = file(files, text.substring(0, 60) + "!" + text.substring(60));

    assertKeyRefused(bad, EC, "section PRIVATE KEY", "not in base64");
  }

  @ParameterizedTest
  @EnumSource
  void F52_a_key_of_which_bytes_are_missing_is_refused(KeyKind kind) throws Exception {
    Issued owner = ISSUED.get(kind);
    byte[] whole = owner.key().getEncoded();
    Path cut = file(files, section("PRIVATE KEY", Arrays.copyOf(whole, whole.length - 5)));

    assertKeyRefused(cut, owner, "private key that cannot be read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY"})
  void F52_what_is_not_a_key_is_refused(String label) throws Exception {
    Issued owner = label.startsWith("RSA") ? RSA : EC;
    for (byte[] content : List.of(new byte[0], new byte[100], EC.certificate().getEncoded())) {
      Path bad = file(files, section(label, content));

      assertKeyRefused(bad, owner, "private key that cannot be read");
    }
  }
}
