package io.weir.internal.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** Describes a refused certificate, in a message for users. */
final class RefusedCertificateException extends Exception {

  private static final long serialVersionUID = 1L;

  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;
  private static final int MAX_NAMES = 10;
  private static final int MAX_LENGTH = 256; // of a name

  /** The names in the certificate, as text. */
  private final String names;

  RefusedCertificateException(X509Certificate certificate) {
    super(describe(certificate));
    names = namesOf(certificate);
  }

  /** Returns the names in the certificate, as text. */
  String names() {
    return names;
  }

  private static String describe(X509Certificate certificate) {
    return "the certificate of "
        + printable(certificate.getSubjectX500Principal().getName())
        + ", issued by "
        + printable(certificate.getIssuerX500Principal().getName())
        + ", valid from "
        + certificate.getNotBefore().toInstant()
        + " to "
        + certificate.getNotAfter().toInstant();
  }

  private static String namesOf(X509Certificate certificate) {
    List<String> all =
        alternativeNames(certificate).stream()
            .filter(name -> name.get(0).equals(DNS_NAME) || name.get(0).equals(IP_ADDRESS))
            .map(name -> printable(String.valueOf(name.get(1))))
            .toList();
    if (all.isEmpty()) {
      return printable(certificate.getSubjectX500Principal().getName());
    }
    String more = all.size() > MAX_NAMES ? " and " + (all.size() - MAX_NAMES) + " more" : "";
    return all.stream().limit(MAX_NAMES).collect(Collectors.joining(", ")) + more;
  }

  private static Collection<List<?>> alternativeNames(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null ? List.of() : names;
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }

  /** Replaces control characters, because the names are untrusted input and reach logs. */
  private static String printable(String name) {
    String clean = name.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    return clean.length() > MAX_LENGTH ? clean.substring(0, MAX_LENGTH) + "..." : clean;
  }
}
