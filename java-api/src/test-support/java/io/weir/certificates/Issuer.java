package io.weir.certificates;

import java.security.KeyPair;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Who signs a certificate. */
record Issuer(X500Name name, KeyPair keys, KeyKind kind) {

  ContentSigner signer() {
    return Checked.call(
        () -> new JcaContentSignerBuilder(kind.signature()).build(keys.getPrivate()));
  }
}
