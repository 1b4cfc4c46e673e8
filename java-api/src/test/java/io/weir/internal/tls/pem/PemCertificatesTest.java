package io.weir.internal.tls.pem;

import static io.weir.internal.tls.pem.PemText.assertRefused;
import static io.weir.internal.tls.pem.PemText.file;
import static io.weir.internal.tls.pem.PemText.joined;
import static io.weir.internal.tls.pem.PemText.openssl;
import static io.weir.internal.tls.pem.PemText.section;
import static io.weir.internal.tls.pem.PemText.text;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.testing.SystemTexts;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PemCertificatesTest {

  private static final int MEBIBYTE = 1 << 20;

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final Issued SERVER = AUTHORITY.intermediate("between").issue();
  private static final List<X509Certificate> CHAIN = List.of(SERVER.chain());

  @TempDir private Path files;

  @Test
  void all_certificates_of_a_file_are_read_in_their_order() throws Exception {
    assertEquals(CHAIN, PemCertificates.read(SERVER.chainPem(files)));
  }

  @Test
  void a_key_in_the_same_file_is_passed_over() throws Exception {
    Path both = joined(files, SERVER.keyPem(files), SERVER.chainPem(files));

    assertEquals(CHAIN, PemCertificates.read(both));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\n", " \t\n", "\r", "\n\n"})
  void lines_may_end_otherwise(String end) throws Exception {
    String text = text(SERVER.chainPem(files)).replace("\n", end);

    assertEquals(CHAIN, PemCertificates.read(file(files, text)));
  }

  @Test
  void text_around_the_sections_and_a_byte_order_mark_are_passed_over() throws Exception {
    String text = text(SERVER.chainPem(files));
    String around = "# the server\n" + text + "# ----- that was it -----";

    assertEquals(CHAIN, PemCertificates.read(file(files, around)));
    assertEquals(CHAIN, PemCertificates.read(file(files, "\u00EF\u00BB\u00BF" + text)));
  }

  @Test
  void the_end_of_the_last_line_may_be_missing_and_lines_may_have_any_length() throws Exception {
    String text = text(SERVER.chainPem(files)).stripTrailing();
    String unbroken = text.replaceAll("(?<=[A-Za-z0-9+/=])\n(?=[A-Za-z0-9+/=])", "");

    assertEquals(CHAIN, PemCertificates.read(file(files, text)));
    assertEquals(CHAIN, PemCertificates.read(file(files, unbroken)));
  }

  @Test
  void openssl_may_describe_the_certificate_before_it() throws Exception {
    Path described = files.resolve("described.pem");
    openssl("x509", "-text", "-in", SERVER.chainPem(files), "-out", described);

    assertTrue(text(described).startsWith("Certificate:"));
    assertEquals(CHAIN.subList(0, 1), PemCertificates.read(described));
  }

  // ---- F52 ----

  @Test
  void F52_a_missing_file_is_named() {
    Path missing = files.resolve("missing.pem");

    NoSuchFileException error =
        assertThrows(NoSuchFileException.class, () -> PemCertificates.read(missing));
    assertEquals(missing + ": there is no such file", error.getMessage());
  }

  @Test
  void F52_a_file_that_may_not_be_read_is_named() throws Exception {
    Path closed = SERVER.chainPem(files);
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(closed), "root may read everything");

    AccessDeniedException error =
        assertThrows(AccessDeniedException.class, () -> PemCertificates.read(closed));
    assertEquals(closed + ": permission denied", error.getMessage());
  }

  @Test
  void F52_a_directory_is_named() {
    FileSystemException error =
        assertThrows(FileSystemException.class, () -> PemCertificates.read(files));
    assertTrue(error.getMessage().startsWith(files + ": "), error.getMessage());
    SystemTexts.assertContains("Is a directory", error.getMessage());
  }

  @Test
  void F52_an_empty_file_is_refused() throws Exception {
    Path empty = file(files, "");

    assertRefused(empty, () -> PemCertificates.read(empty), "is empty", "PEM");
  }

  @Test
  void F52_a_file_of_more_than_a_mebibyte_is_refused() throws Exception {
    String text = text(SERVER.chainPem(files));
    Path large = file(files, text + "#".repeat(MEBIBYTE - text.length()));
    Path tooLarge = file(files, text(large) + "#");

    assertEquals(CHAIN, PemCertificates.read(large));
    assertRefused(
        tooLarge, () -> PemCertificates.read(tooLarge), "larger than 1048576 bytes", "PEM");
  }

  @Test
  void F52_a_file_that_is_not_pem_is_refused() throws Exception {
    Path der = Files.write(files.resolve("c.der"), SERVER.certificate().getEncoded());

    assertRefused(
        der,
        () -> PemCertificates.read(der),
        "no certificate",
        "no other section of PEM",
        "-----BEGIN CERTIFICATE-----");
  }

  @Test
  void F52_a_file_with_a_key_only_is_refused() throws Exception {
    Path key = SERVER.keyPem(files);

    assertRefused(key, () -> PemCertificates.read(key), "no certificate", "only PRIVATE KEY:");
  }

  @Test
  void F52_labels_that_nobody_knows_are_not_told() throws Exception {
    Path odd = file(files, section("MY SECRET", new byte[] {1}) + text(SERVER.keyPem(files)));

    assertRefused(
        odd, () -> PemCertificates.read(odd), "only something of an unknown kind, PRIVATE KEY:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"!", "-", "_", ":", "\u00e9", "=A", "\u0000"})
  void F52_what_is_not_base64_is_refused(String wrong) throws Exception {
    String text = text(SERVER.chainPem(files));
    Path bad = file(files, text.substring(0, 100) + wrong + text.substring(100));

    assertRefused(bad, () -> PemCertificates.read(bad), "CERTIFICATE", "not in base64");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Not a certificate", "0"})
  void F52_what_is_not_a_certificate_is_refused(String content) throws Exception {
    Path bad = file(files, section("CERTIFICATE", content.getBytes(US_ASCII)));

    assertRefused(bad, () -> PemCertificates.read(bad), "not a certificate");
  }

  @Test
  void F52_a_key_that_says_it_is_a_certificate_is_refused_and_not_told() throws Exception {
    Path bad = file(files, section("CERTIFICATE", SERVER.key().getEncoded()));

    assertRefused(bad, () -> PemCertificates.read(bad), "not a certificate");
  }

  @Test
  void F52_a_file_that_was_cut_off_is_refused() throws Exception {
    String text = text(SERVER.chainPem(files));
    Path cutOff = file(files, text.substring(0, text.length() - 60));
    Path noEnd = file(files, text.replaceFirst("-----END CERTIFICATE-----\n", ""));
    Path otherEnd = file(files, text.replaceFirst("END CERTIFICATE", "END PRIVATE KEY"));

    for (Path bad : List.of(cutOff, noEnd, otherEnd)) {
      assertRefused(bad, () -> PemCertificates.read(bad), "no END line for CERTIFICATE");
    }
  }
}
