package io.weir.certificates;

import java.math.BigInteger;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.util.IPAddress;

/** A certificate that nobody has signed yet. */
final class Draft {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int SERIAL_BITS = 159;

  private final X500Name subject;
  private final PublicKey key;
  private final Instant from;
  private final Instant until;
  private final Map<ASN1ObjectIdentifier, ASN1Encodable> critical = new LinkedHashMap<>();
  private final Map<ASN1ObjectIdentifier, ASN1Encodable> others = new LinkedHashMap<>();

  private Draft(String commonName, PublicKey key, Instant from, Instant until) {
    this.subject = name(commonName);
    this.key = key;
    this.from = from;
    this.until = until;
  }

  static Draft ofAuthority(String commonName, PublicKey key, Instant from, Instant until) {
    Draft draft = new Draft(commonName, key, from, until);
    draft.critical.put(Extension.basicConstraints, new BasicConstraints(true));
    draft.critical.put(Extension.keyUsage, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    return draft;
  }

  static Draft ofLeaf(
      String commonName,
      PublicKey key,
      Instant from,
      Instant until,
      List<String> names,
      Usage usage) {
    Draft draft = new Draft(commonName, key, from, until);
    draft.critical.put(Extension.basicConstraints, new BasicConstraints(false));
    draft.critical.put(Extension.keyUsage, new KeyUsage(uses(key)));
    draft.others.put(Extension.extendedKeyUsage, usage.purposes());
    if (!names.isEmpty()) {
      draft.others.put(Extension.subjectAlternativeName, generalNames(names));
    }
    return draft;
  }

  private static int uses(PublicKey key) {
    return key.getAlgorithm().equals("RSA")
        ? KeyUsage.digitalSignature | KeyUsage.keyEncipherment
        : KeyUsage.digitalSignature;
  }

  private static GeneralNames generalNames(List<String> names) {
    return new GeneralNames(names.stream().map(Draft::generalName).toArray(GeneralName[]::new));
  }

  private static GeneralName generalName(String name) {
    int kind = IPAddress.isValid(name) ? GeneralName.iPAddress : GeneralName.dNSName;
    return new GeneralName(kind, name);
  }

  /** The name of a subject or issuer. */
  static X500Name name(String commonName) {
    return new X500NameBuilder().addRDN(BCStyle.CN, commonName).build();
  }

  X509Certificate signedBy(Issuer issuer) {
    return Checked.call(
        () ->
            new JcaX509CertificateConverter()
                .getCertificate(builder(issuer).build(issuer.signer())));
  }

  private X509v3CertificateBuilder builder(Issuer issuer) throws Exception {
    BigInteger serial = new BigInteger(SERIAL_BITS, RANDOM).add(BigInteger.ONE);
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            issuer.name(), serial, Date.from(from), Date.from(until), subject, key);
    addExtensions(builder, issuer);
    return builder;
  }

  private void addExtensions(X509v3CertificateBuilder builder, Issuer issuer) throws Exception {
    JcaX509ExtensionUtils keyIds = new JcaX509ExtensionUtils();
    PublicKey issuerKey = issuer.keys().getPublic();
    others.put(Extension.subjectKeyIdentifier, keyIds.createSubjectKeyIdentifier(key));
    others.put(Extension.authorityKeyIdentifier, keyIds.createAuthorityKeyIdentifier(issuerKey));
    for (Map.Entry<ASN1ObjectIdentifier, ASN1Encodable> each : critical.entrySet()) {
      builder.addExtension(each.getKey(), true, each.getValue());
    }
    for (Map.Entry<ASN1ObjectIdentifier, ASN1Encodable> each : others.entrySet()) {
      builder.addExtension(each.getKey(), false, each.getValue());
    }
  }
}
