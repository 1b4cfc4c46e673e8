package io.weir.internal.tls;

import io.weir.internal.channel.IpLiteral;
import io.weir.internal.tls.TlsChannelException.Kind;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.StandardConstants;
import org.jspecify.annotations.Nullable;

/**
 * The name of a server, as a client sends it (SNI, RFC 6066, section 3) and checks it (RFC 9525,
 * section 6.3).
 *
 * <p>The JDK refuses names that are not valid host names, for example with an underscore, although
 * servers have such names and certificates are issued for them. Such names are sent unchanged, and
 * checked here, after the handshake. A server with the JDK's TLS refuses a client that sends one.
 */
public final class ServerName {

  private static final int DNS_NAME = 2;

  /** Labels of letters, digits, hyphens and underscores, of at most 63 characters. */
  private static final Pattern LENIENT =
      Pattern.compile("[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*");

  private final String name;
  private final @Nullable SNIServerName sni; // null for an address or an invalid name
  private final Checker checker;

  /** The code that checks that the certificate is for the name. */
  private enum Checker {
    PROVIDER,
    WEIR
  }

  /** A name that {@link SNIHostName} refuses. */
  private static final class LenientName extends SNIServerName {
    LenientName(byte[] encoded) {
      super(StandardConstants.SNI_HOST_NAME, encoded);
    }
  }

  /** Creates a name, of a host or an address. */
  public ServerName(String text) {
    name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    SNIServerName strict = IpLiteral.matches(name) ? null : strictSni(name);
    if (strict == null && LENIENT.matcher(name).matches() && !IpLiteral.matches(name)) {
      sni = new LenientName(name.getBytes(StandardCharsets.US_ASCII));
      checker = Checker.WEIR;
    } else {
      sni = strict;
      checker = Checker.PROVIDER;
    }
  }

  private static @Nullable SNIServerName strictSni(String name) {
    try {
      return new SNIHostName(name);
    } catch (IllegalArgumentException e) { // for example with an underscore
      return null;
    }
  }

  /** Returns the name for SNI, or null for an address or an invalid name. */
  @Nullable SNIServerName sni() {
    return sni;
  }

  /** Returns whether the TLS provider checks the name. */
  boolean isCheckedByProvider() {
    return checker == Checker.PROVIDER;
  }

  /**
   * Checks the certificate of a session, unless the provider has done so.
   *
   * @throws SSLException when the certificate is for other names
   */
  void check(SSLSession session) throws SSLException {
    if (isCheckedByProvider()) {
      return;
    }
    X509Certificate certificate = (X509Certificate) session.getPeerCertificates()[0];
    if (namesOf(certificate).stream().noneMatch(presented -> matches(presented, name))) {
      TlsChannelException why =
          new TlsChannelException(
              Kind.WRONG_NAME, "No subject alternative DNS name matching " + name, null);
      why.addSuppressed(new RefusedCertificateException(certificate));
      throw why;
    }
  }

  private static List<String> namesOf(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null
          ? List.of()
          : names.stream()
              .filter(name -> name.get(0).equals(DNS_NAME))
              .map(name -> String.valueOf(name.get(1)))
              .toList();
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }

  /** Returns whether a name in a certificate matches a name. A wildcard stands for one label. */
  static boolean matches(String presented, String wanted) {
    String pattern = presented.toLowerCase(Locale.ROOT);
    String name = wanted.toLowerCase(Locale.ROOT);
    if (!pattern.startsWith("*.")) {
      return pattern.equals(name);
    }
    String parent = pattern.substring(1); // with its dot
    int dot = name.indexOf('.');
    return dot > 0 && parent.indexOf('.', 1) > 0 && name.substring(dot).equals(parent);
  }
}
