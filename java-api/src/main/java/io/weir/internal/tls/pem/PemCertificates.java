package io.weir.internal.tls.pem;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads the certificates of a PEM file. */
public final class PemCertificates {

  private static final Set<String> LABELS = Set.of("CERTIFICATE", "X509 CERTIFICATE");

  private PemCertificates() {}

  /**
   * Returns all certificates of a file, in their order; at least one. Ignores other content.
   *
   * @throws IOException when the file cannot be read or has no valid certificate; the message names
   *     the file and quotes none of its content
   */
  public static List<X509Certificate> read(Path file) throws IOException {
    PemFile pem = PemFile.read(file);
    List<X509Certificate> certificates = new ArrayList<>();
    for (PemFile.Section section : pem.sections(LABELS, "certificate", "CERTIFICATE")) {
      certificates.add(certificate(pem, section.der()));
    }
    return certificates;
  }

  private static X509Certificate certificate(PemFile pem, byte[] der) throws IOException {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) { // its message may quote the content
      String curve = EcCurve.whyUnreadable(der);
      if (curve != null) {
        throw pem.onCurve("certificate with a key", curve);
      }
      throw pem.wrong("has a section CERTIFICATE that is not a certificate: get the file again");
    }
  }
}
