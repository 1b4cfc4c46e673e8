package io.weir.internal.tls;

import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Marks, as a suppressed exception, a failure of TLS that this side can fix: its certificate has
 * expired, its key cannot be used, or a key manager or trust manager of the program throws.
 */
public final class OwnFailure extends Exception {

  private static final long serialVersionUID = 1L;

  /** The packages of the engines. */
  private static final Pattern ENGINE =
      Pattern.compile("(sun\\.security\\.ssl|org\\.conscrypt|org\\.bouncycastle)\\..*");

  private static final Pattern JDK = Pattern.compile("(java|javax|sun|com\\.sun|jdk)\\..*");

  OwnFailure(String what) {
    super(what, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
  }

  /** Returns the mark of an error, or null. */
  public static @Nullable OwnFailure in(Throwable error) {
    for (Throwable suppressed : error.getSuppressed()) {
      if (suppressed instanceof OwnFailure own) {
        return own;
      }
    }
    return null;
  }

  /** Returns a mark when the certificate that this side presents is not valid now, or null. */
  static @Nullable OwnFailure ofCertificate(@Nullable SSLSession session) {
    if (session == null
        || session.getLocalCertificates() == null
        || !(session.getLocalCertificates()[0] instanceof X509Certificate own)) {
      return null;
    }
    try {
      own.checkValidity();
      return null;
    } catch (CertificateExpiredException e) {
      return new OwnFailure("this side's certificate has expired: " + described(own));
    } catch (CertificateNotYetValidException e) {
      return new OwnFailure("this side's certificate is not valid yet: " + described(own));
    }
  }

  private static String described(X509Certificate own) {
    return String.valueOf(new RefusedCertificateException(own).getMessage());
  }

  /** Returns a mark when code of the program has thrown one of some causes, or null. */
  static @Nullable OwnFailure ofProgram(List<Throwable> causes) {
    for (Throwable cause : causes) {
      if (isThrownByProgram(cause.getStackTrace())) {
        return new OwnFailure("a key manager or trust manager of the program has thrown " + cause);
      }
    }
    return null;
  }

  /** Returns whether the engine has called code of the program, which has thrown. */
  private static boolean isThrownByProgram(StackTraceElement[] stack) {
    boolean program = false;
    for (StackTraceElement frame : stack) {
      String name = frame.getClassName();
      if (ENGINE.matcher(name).matches()) {
        return program;
      }
      program |= !JDK.matcher(name).matches() && !name.startsWith("io.weir.internal.");
    }
    return false;
  }
}
