package io.weir.certificates;

import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What is to be in the certificate of a server or client. Immutable. A {@link CertificateAuthority}
 * issues it, or it is {@link #selfSigned}.
 */
public final class Leaf {

  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration MONTH = Duration.ofDays(30);

  /**
   * For {@code localhost}, {@code 127.0.0.1} and {@code ::1}, with an EC key, valid from yesterday
   * for thirty days, for servers and clients.
   */
  public static final Leaf DEFAULTS =
      new Leaf(
          List.of("localhost", "127.0.0.1", "::1"),
          "localhost",
          KeyKind.EC,
          Usage.BOTH,
          DAY.negated(),
          MONTH.minus(DAY));

  private final List<String> names;
  private final String commonName;
  private final KeyKind keyKind;
  private final Usage usage;
  private final Duration from;
  private final Duration until;

  private Leaf(
      List<String> names,
      String commonName,
      KeyKind keyKind,
      Usage usage,
      Duration from,
      Duration until) {
    this.names = names;
    this.commonName = commonName;
    this.keyKind = keyKind;
    this.usage = usage;
    this.from = from;
    this.until = until;
  }

  /** For these hosts and IP addresses, as subject alternative names; may be none. */
  public Leaf withNames(String... newNames) {
    String first = newNames.length == 0 ? "nameless" : newNames[0];
    return new Leaf(List.of(newNames), first, keyKind, usage, from, until);
  }

  /** With this common name in its subject, which is else the first of its names. */
  public Leaf withCommonName(String newName) {
    return new Leaf(names, newName, keyKind, usage, from, until);
  }

  /** With a key of this kind. */
  public Leaf withKey(KeyKind newKind) {
    return new Leaf(names, commonName, newKind, usage, from, until);
  }

  /** For this usage. */
  public Leaf withUsage(Usage newUsage) {
    return new Leaf(names, commonName, keyKind, newUsage, from, until);
  }

  /** Valid from and until so long after it is made, or before that when negative. */
  public Leaf withValidity(Duration newFrom, Duration newUntil) {
    return new Leaf(names, commonName, keyKind, usage, newFrom, newUntil);
  }

  /** Valid until yesterday. */
  public Leaf expired() {
    return withValidity(MONTH.negated(), DAY.negated());
  }

  /** Valid from tomorrow. */
  public Leaf notYetValid() {
    return withValidity(DAY, MONTH);
  }

  /** Makes it, signed by its own key. */
  public Issued selfSigned() {
    KeyPair keys = keyKind.next();
    Issuer itself = new Issuer(Draft.name(commonName), keys, keyKind);
    return new Issued(commonName, keys, List.of(draft(keys).signedBy(itself)));
  }

  /** Makes it, signed by another. */
  Issued signedBy(CertificateAuthority authority) {
    KeyPair keys = keyKind.next();
    return new Issued(
        commonName, keys, authority.chainOf(draft(keys).signedBy(authority.issuer())));
  }

  private Draft draft(KeyPair keys) {
    Instant now = Instant.now();
    return Draft.ofLeaf(
        commonName, keys.getPublic(), now.plus(from), now.plus(until), names, usage);
  }
}
