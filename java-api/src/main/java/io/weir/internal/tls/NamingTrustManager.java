package io.weir.internal.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts as another does, and adds to its refusals, as a suppressed {@link
 * RefusedCertificateException}, which certificate it was.
 */
public final class NamingTrustManager extends X509ExtendedTrustManager {

  private final X509ExtendedTrustManager decides;

  /**
   * Makes one.
   *
   * @param decides whom to trust
   */
  public NamingTrustManager(X509ExtendedTrustManager decides) {
    this.decides = decides;
  }

  private interface Check {
    void run() throws CertificateException;
  }

  private static void naming(X509Certificate[] chain, Check check) throws CertificateException {
    try {
      check.run();
    } catch (CertificateException e) {
      if (chain.length > 0) {
        e.addSuppressed(new RefusedCertificateException(chain[0]));
      }
      throw e;
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    naming(chain, () -> decides.checkServerTrusted(chain, authType, engine));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    naming(chain, () -> decides.checkClientTrusted(chain, authType, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    naming(chain, () -> decides.checkServerTrusted(chain, authType, socket));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    naming(chain, () -> decides.checkClientTrusted(chain, authType, socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    naming(chain, () -> decides.checkServerTrusted(chain, authType));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    naming(chain, () -> decides.checkClientTrusted(chain, authType));
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return decides.getAcceptedIssuers();
  }
}
