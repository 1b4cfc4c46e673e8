package io.weir.certificates;

import static org.bouncycastle.asn1.x509.KeyPurposeId.id_kp_clientAuth;
import static org.bouncycastle.asn1.x509.KeyPurposeId.id_kp_codeSigning;
import static org.bouncycastle.asn1.x509.KeyPurposeId.id_kp_serverAuth;

import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.KeyPurposeId;

/** What a certificate may be used for. */
public enum Usage {
  /** For servers and for clients. */
  BOTH,

  /** For servers only. */
  SERVER,

  /** For clients only. */
  CLIENT,

  /** For neither: it is one for signing code. */
  NEITHER;

  ExtendedKeyUsage purposes() {
    return switch (this) {
      case BOTH -> purposes(id_kp_serverAuth, id_kp_clientAuth);
      case SERVER -> purposes(id_kp_serverAuth);
      case CLIENT -> purposes(id_kp_clientAuth);
      case NEITHER -> purposes(id_kp_codeSigning);
    };
  }

  private static ExtendedKeyUsage purposes(KeyPurposeId... purposes) {
    return new ExtendedKeyUsage(purposes);
  }
}
