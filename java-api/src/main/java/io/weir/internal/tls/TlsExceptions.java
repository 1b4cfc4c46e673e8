package io.weir.internal.tls;

import io.weir.ConnectionLostException;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsSide;
import io.weir.TlsTruncationException;
import io.weir.internal.log.Reason;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Translates errors of the JDK into exceptions with a {@link TlsFailure} and a message. Some
 * reasons show only in the text of the JDK's error; {@code TlsFailuresTest} checks these texts.
 */
final class TlsExceptions {

  /** The whole text: a part of it may be what the peer has sent. */
  private static final Pattern ALERT =
      Pattern.compile("([\\w.]+: |\\(\\w+\\) )*Received fatal alert: (?<alert>\\w+)");

  /** The start of a text that quotes the peer, who can make the rest read as any other failure. */
  private static final Pattern ILLEGAL_SERVER_NAME =
      Pattern.compile("(\\(\\w+\\) )?Illegal server name, ");

  /** The alerts of RFC 8446, section 6.2, whose cause is on this side. */
  private static final Map<String, TlsFailure> ALERTS =
      Map.ofEntries(
          Map.entry("bad_certificate", TlsFailure.CERTIFICATE_REFUSED),
          Map.entry("unsupported_certificate", TlsFailure.CERTIFICATE_REFUSED),
          Map.entry("certificate_revoked", TlsFailure.CERTIFICATE_REFUSED),
          Map.entry("certificate_expired", TlsFailure.CERTIFICATE_REFUSED),
          Map.entry("certificate_unknown", TlsFailure.CERTIFICATE_REFUSED),
          Map.entry("unknown_ca", TlsFailure.CERTIFICATE_REFUSED),
          Map.entry("access_denied", TlsFailure.CERTIFICATE_REFUSED),
          Map.entry("certificate_required", TlsFailure.CERTIFICATE_REQUIRED),
          Map.entry("protocol_version", TlsFailure.NO_COMMON_PROTOCOL),
          Map.entry("handshake_failure", TlsFailure.NO_COMMON_CIPHER),
          Map.entry("insufficient_security", TlsFailure.NO_COMMON_CIPHER),
          Map.entry("no_application_protocol", TlsFailure.NO_COMMON_APPLICATION_PROTOCOL));

  /** The JDK's text for an invalid host name, for example with an underscore. */
  private static final String ILLEGAL_NAME = "Illegal given domain name";

  /** Reasons that show only in the text of the JDK's error. */
  private static final List<Map.Entry<Pattern, TlsFailure>> TEXTS =
      List.of(
          Map.entry(
              saying("[Nn]o cipher suites in common|No available authentication scheme"),
              TlsFailure.NO_COMMON_CIPHER),
          Map.entry(
              saying(
                  "protocol version|No appropriate protocol|Server chose \\w+, but that protocol|"
                      + "protocol (TLSv?1(\\.\\d)?|SSLv\\d) is not enabled"),
              TlsFailure.NO_COMMON_PROTOCOL),
          Map.entry(
              saying("No matching application layer protocol"),
              TlsFailure.NO_COMMON_APPLICATION_PROTOCOL),
          Map.entry(
              saying("Empty (client|server) certificate chain"), TlsFailure.CERTIFICATE_REQUIRED),
          Map.entry(
              saying("No subject ?[aA]lt|No name matching|" + ILLEGAL_NAME),
              TlsFailure.WRONG_HOST));

  /**
   * The texts of a server's engine that finds no usable key. The cause may also be a client that
   * supports none of the server's keys.
   */
  private static final Pattern NO_KEY =
      saying(
          "[Nn]o cipher suites in common|No available authentication scheme|"
              + "produce CertificateVerify");

  private final Throwable error;
  private final TlsSide side;
  private final @Nullable String name;
  private final TlsSettings settings;
  private final List<Throwable> causes;

  private TlsExceptions(
      Throwable error, TlsSide side, @Nullable String name, TlsSettings settings) {
    this.error = error;
    this.side = side;
    this.name = name;
    this.settings = settings;
    this.causes = causesOf(error);
  }

  /**
   * Returns a pattern of texts that start with words, of which the last are given. Texts that quote
   * the peer do so behind a colon or a comma, and the peer can quote any of these words.
   */
  private static Pattern saying(String words) {
    return Pattern.compile("(\\(\\w+\\) )?[A-Za-z ]*(" + words + ")");
  }

  /** Translates the error of a handshake. */
  static IOException ofHandshake(
      Throwable error, TlsSide side, @Nullable String name, TlsSettings settings) {
    String what = "TLS handshake with " + peer(side, name);
    if (error instanceof AsynchronousCloseException) {
      return new ConnectionLostException(
          "Connection lost: it was closed on this side during the " + what, null);
    }
    if (error instanceof SSLException && !TlsChannelException.isPeerClosed(error)) {
      return new TlsExceptions(error, side, name, settings).translate(what + " failed: ");
    }
    return new ConnectionLostException(
        "Connection lost during the " + what + ": " + Reason.of(error), error);
  }

  /** Translates an error after the handshake. */
  static IOException ofData(
      SSLException error, TlsSide side, @Nullable String name, TlsSettings settings) {
    if (TlsChannelException.isPeerClosed(error)) {
      return new TlsTruncationException(
          "the stream from "
              + peer(side, name)
              + " was closed without close_notify, so its last bytes may be missing;"
              + " TlsOptions.withTruncationAsEof accepts that as a clean EOF",
          error);
    }
    return new TlsExceptions(error, side, name, settings)
        .translate("TLS with " + peer(side, name) + " failed: ");
  }

  private static String peer(TlsSide side, @Nullable String name) {
    return side == TlsSide.SERVER ? "a client" : name == null ? "the server" : "'" + name + "'";
  }

  private static List<Throwable> causesOf(Throwable error) {
    List<Throwable> causes = new ArrayList<>();
    Throwable next = error;
    while (next != null && !causes.contains(next)) {
      causes.add(next);
      next = next.getCause();
    }
    return causes;
  }

  private TlsException translate(String prefix) {
    TlsFailure failure = classify();
    OwnFailure own = ownFailure(failure);
    String what = explain(failure) + (own == null ? "" : ": " + own.getMessage());
    TlsException translated = new TlsException(failure, prefix + what, error);
    if (own != null) {
      translated.addSuppressed(own);
    }
    return translated;
  }

  /** Returns the mark of a failure that this side can fix, or null. */
  private @Nullable OwnFailure ownFailure(TlsFailure failure) {
    if (failure == TlsFailure.CERTIFICATE_REFUSED) {
      return OwnFailure.in(error); // of the certificate that was refused
    }
    boolean noKey = side == TlsSide.SERVER && NO_KEY.matcher(detail()).lookingAt();
    if (noKey && !settings.credentials().haveServed()) {
      return new OwnFailure(
          "this side has no key that the client can use; if every client fails, check the type"
              + " of the key and its certificate");
    }
    return OwnFailure.ofProgram(causes);
  }

  private TlsFailure classify() {
    if (OwnFailure.ofProgram(causes) != null) {
      return TlsFailure.BROKEN_DOWN;
    }
    if (error instanceof TlsChannelException known) {
      return ofKind(known.kind());
    }
    String alert = alert();
    if (alert != null) {
      return ofAlert(alert);
    }
    if (asksForIllegalName()) {
      return TlsFailure.CORRUPT;
    }
    return ofCertificate().or(this::ofTexts).orElse(TlsFailure.CORRUPT);
  }

  private static TlsFailure ofKind(TlsChannelException.Kind kind) {
    return switch (kind) {
      case PEER_CLOSED -> TlsFailure.TRUNCATED;
      case NOT_TLS -> TlsFailure.NOT_TLS;
      case RENEGOTIATION -> TlsFailure.CORRUPT;
      case WRONG_NAME -> TlsFailure.WRONG_HOST;
      case FLOOD -> TlsFailure.FLOOD;
      case TIMEOUT -> TlsFailure.TIMEOUT;
      case INTERNAL_ERROR -> TlsFailure.BROKEN_DOWN;
    };
  }

  /** Without a certificate on this side, the peer's refusal means that one is required. */
  private TlsFailure ofAlert(String alert) {
    TlsFailure failure = ALERTS.getOrDefault(alert, TlsFailure.REFUSED_BY_PEER);
    return failure == TlsFailure.CERTIFICATE_REFUSED && !settings.credentials().canServe()
        ? TlsFailure.CERTIFICATE_REQUIRED
        : failure;
  }

  private @Nullable String alert() {
    Matcher alert = ALERT.matcher(Reason.of(error));
    return alert.matches() ? alert.group("alert") : null;
  }

  private Optional<TlsFailure> ofCertificate() {
    return causes.stream().map(TlsExceptions::ofCertificate).flatMap(Optional::stream).findFirst();
  }

  private static Optional<TlsFailure> ofCertificate(Throwable cause) {
    if (cause instanceof CertificateExpiredException) {
      return Optional.of(TlsFailure.EXPIRED);
    }
    if (cause instanceof CertificateNotYetValidException) {
      return Optional.of(TlsFailure.NOT_YET_VALID);
    }
    boolean path =
        cause instanceof CertPathBuilderException || cause instanceof CertPathValidatorException;
    return path && cause.getCause() == null ? Optional.of(TlsFailure.UNTRUSTED) : Optional.empty();
  }

  private Optional<TlsFailure> ofTexts() {
    Optional<TlsFailure> known =
        causes.stream()
            .flatMap(
                cause ->
                    TEXTS.stream()
                        .filter(text -> text.getKey().matcher(Reason.of(cause)).lookingAt()))
            .map(Map.Entry::getValue)
            .findFirst();
    boolean certificate = causes.stream().anyMatch(CertificateException.class::isInstance);
    return known.isEmpty() && certificate ? Optional.of(TlsFailure.UNTRUSTED) : known;
  }

  private String explain(TlsFailure failure) {
    return switch (failure) {
      case UNTRUSTED ->
          refused("its certificate")
              + " is not trusted: "
              + detail()
              + (hasNoPath() ? "; trust its authority with TlsOptions.trusting or withTrust" : "");
      case WRONG_HOST ->
          "the server's certificate is for "
              + certificate().map(RefusedCertificateException::names).orElse("other names")
              + (isIllegalName() ? "; no certificate can be for '" : ", not for '")
              + name
              + (isIllegalName() ? "', which is not a host name" : "'")
              + (settings.serverHostname() == null
                  ? "; if this is the right certificate, set its name with"
                      + " TlsOptions.withServerHostname"
                  : "; TlsOptions.withServerHostname has set this name");
      case EXPIRED -> refused("its certificate, or one above it,") + " has expired";
      case NOT_YET_VALID -> refused("its certificate, or one above it,") + " is not valid yet";
      case CERTIFICATE_REQUIRED ->
          side == TlsSide.SERVER
              ? "it presented no certificate, which this server requires"
              : "it requires a certificate; present one with TlsOptions.withCertificate";
      case CERTIFICATE_REFUSED ->
          "it refuses the certificate presented by this side (" + alert() + ")";
      case NO_COMMON_PROTOCOL ->
          "no version of TLS in common; allowed here: " + settings.protocols();
      case NO_COMMON_CIPHER ->
          alert() == null
              ? "no cipher suite or kind of key in common: " + detail()
              : "it aborted TLS ("
                  + alert()
                  + "): no cipher suite or kind of key in common, or it"
                  + " requires a certificate";
      case NO_COMMON_APPLICATION_PROTOCOL ->
          "no application protocol in common; offered here: " + settings.applicationProtocols();
      case NOT_TLS -> "it does not speak TLS from the first byte";
      case REFUSED_BY_PEER -> "it aborted TLS (" + alert() + ")";
      default -> detail();
    };
  }

  private boolean asksForIllegalName() {
    return causes.stream()
        .anyMatch(cause -> ILLEGAL_SERVER_NAME.matcher(Reason.of(cause)).lookingAt());
  }

  private boolean isIllegalName() {
    return causes.stream().anyMatch(cause -> Reason.of(cause).contains(ILLEGAL_NAME));
  }

  /** Returns whether the certificate chain leads to no trusted authority. */
  private boolean hasNoPath() {
    return causes.stream().anyMatch(CertPathBuilderException.class::isInstance);
  }

  private String refused(String otherwise) {
    return certificate().map(Throwable::getMessage).orElse(otherwise);
  }

  private Optional<RefusedCertificateException> certificate() {
    return causes.stream()
        .flatMap(cause -> List.of(cause.getSuppressed()).stream())
        .filter(RefusedCertificateException.class::isInstance)
        .map(RefusedCertificateException.class::cast)
        .findFirst();
  }

  /** Returns the message of the deepest cause, which is the most specific. */
  private String detail() {
    if (asksForIllegalName()) {
      return "it asks for a server name that is no host name";
    }
    return Reason.of(causes.get(causes.size() - 1)).replaceAll("\\p{Cntrl}", "?");
  }
}
