package io.weir.internal.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weir.ClientAuth;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsSide;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.net.ssl.SSLException;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How errors of the JDK are translated whose text quotes the peer. */
class TlsExceptionsTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final TlsSettings SETTINGS =
      new TlsSettings(
          TlsCredentials.DEFAULT,
          null,
          false,
          true,
          List.of("TLSv1.3"),
          null,
          List.of(),
          ClientAuth.REQUIRED,
          new TlsTimeouts(MINUTE, MINUTE),
          false,
          "options");

  /** What the JDK says of a certificate with a URI that is none. */
  private static CertificateException refusalOf(String uri) throws Exception {
    KeyPair keys = KeyPairGenerator.getInstance("EC").generateKeyPair();
    Instant now = Instant.now();
    X500Name name = new X500Name("CN=client");
    byte[] encoded =
        new JcaX509v3CertificateBuilder(
                name,
                BigInteger.ONE,
                Date.from(now.minus(MINUTE)),
                Date.from(now.plus(MINUTE)),
                name,
                keys.getPublic())
            .addExtension(
                Extension.subjectAlternativeName,
                /* isCritical= */ true,
                new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri)))
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
            .getEncoded();
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    return assertThrows(
        CertificateException.class,
        () -> factory.generateCertificate(new ByteArrayInputStream(encoded)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no cipher suites in common",
        "No available authentication scheme",
        "No name matching",
        "Received fatal alert: certificate_expired",
        "a protocol version"
      })
  void what_a_certificate_says_is_not_the_reason_of_its_refusal(String text) throws Exception {
    CertificateException refusal = refusalOf("http://" + text);
    SSLException error = new SSLException(refusal.getMessage(), refusal);

    TlsException told =
        assertInstanceOf(
            TlsException.class, TlsExceptions.ofHandshake(error, TlsSide.SERVER, null, SETTINGS));
    assertEquals(TlsFailure.UNTRUSTED, told.failure(), told::getMessage);
    assertNull(OwnFailure.in(told), told::getMessage);
  }
}
