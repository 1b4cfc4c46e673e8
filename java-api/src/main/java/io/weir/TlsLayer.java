package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.connect.JdkResolver;
import io.weir.internal.tls.TlsChannel;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * TLS for one connection, as options and origin say: makes the channel, and puts its failures into
 * words.
 */
final class TlsLayer {

  /** Forward secrecy and authenticated encryption; the suites of TLS 1.3 all have both. */
  private static final Pattern GOOD_SUITE =
      Pattern.compile("TLS_(AES|CHACHA20)_.*|TLS_(ECDHE|DHE)_.*_(GCM|POLY1305)_.*");

  private final TlsOptions options;
  private final TlsSide side;
  private final @Nullable String name; // of the server, as far as a client knows it
  private final int port;

  /**
   * Makes one.
   *
   * @throws IllegalArgumentException when the options do not do for this side
   */
  TlsLayer(TlsOptions options, TlsSide side, Origin origin) {
    this.options = options;
    this.side = side;
    this.name = options.serverHostname() == null ? origin.host() : options.serverHostname();
    this.port = origin.port();
    if (side == TlsSide.CLIENT) {
      requireName();
    } else {
      requireCertificate();
    }
  }

  /** Makes one for a connection that a server has accepted. */
  static TlsLayer forServer(TlsOptions options) {
    return new TlsLayer(
        Objects.requireNonNull(options, "options"), TlsSide.SERVER, Origin.ACCEPTED);
  }

  TlsOptions options() {
    return options;
  }

  private void requireName() {
    if (name == null && !options.acceptsAnyHostname()) {
      throw new IllegalArgumentException(
          "the server's name is not known, so its certificate cannot be checked: set it with"
              + " TlsOptions.withServerHostname, or accept any with"
              + " dangerouslyAcceptingAnyHostname");
    }
  }

  private void requireCertificate() {
    if (!options.material().canServe()) {
      throw new IllegalArgumentException(
          "a TLS server needs a certificate and there is none in "
              + options
              + ": use TlsOptions.fromPem, withCertificate, or of(SSLContext)");
    }
  }

  /** Makes the TLS channel of a connection, which takes no time and cannot fail. */
  interface Maker {

    /** Puts TLS over a channel, which belongs to the new one from then on. */
    TlsChannel over(AsyncByteChannel inner);
  }

  /** Makes ready for one connection, which may take time and fail. */
  Maker maker(TlsChannel.Surroundings outside) throws IOException {
    SSLContext context = options.material().context();
    SSLEngine engine = configuredEngine(context);
    TlsChannel.Patience patience =
        new TlsChannel.Patience(
            options.handshakeTimeout(), options.shutdownTimeout(), options.truncationAsEof());
    return inner -> new TlsChannel(inner, engine, context, patience, outside);
  }

  /**
   * Why TLS cannot start behind bytes that have come in the clear and have not been read; null when
   * it can. They belong to a client's handshake. To a server they do not, but they would be read as
   * if they had come through TLS.
   */
  @Nullable TlsException whyNotBehind(int unread) {
    if (side == TlsSide.SERVER || unread == 0) {
      return null;
    }
    return new TlsException(
        TlsFailure.INJECTED,
        unread
            + " bytes came in the clear before TLS with "
            + (name == null ? "the server" : "'" + name + "'")
            + " could start; whoever sent them, they cannot be trusted. Read everything that the"
            + " server says before startTls()",
        null);
  }

  private SSLEngine configuredEngine(SSLContext context) throws IOException {
    try {
      return engine(context);
    } catch (IllegalArgumentException | IllegalStateException e) { // what the context cannot do
      throw new IOException("TLS cannot be set up with " + options + ": " + e.getMessage(), e);
    }
  }

  private SSLEngine engine(SSLContext context) {
    SSLEngine engine =
        side == TlsSide.CLIENT && name != null
            ? context.createSSLEngine(name, port)
            : context.createSSLEngine();
    engine.setUseClientMode(side == TlsSide.CLIENT);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(options.protocols().toArray(String[]::new));
    parameters.setCipherSuites(suites(parameters.getCipherSuites()));
    parameters.setUseCipherSuitesOrder(true);
    parameters.setApplicationProtocols(options.applicationProtocols().toArray(String[]::new));
    if (side == TlsSide.CLIENT) {
      checkServer(parameters);
    } else {
      checkClient(parameters);
    }
    engine.setSSLParameters(parameters);
    return engine;
  }

  private String[] suites(String[] allowed) {
    if (options.cipherSuites() != null) {
      return options.cipherSuites().toArray(String[]::new);
    }
    return Arrays.stream(allowed)
        .filter(suite -> GOOD_SUITE.matcher(suite).matches())
        .toArray(String[]::new);
  }

  private void checkServer(SSLParameters parameters) {
    if (!options.acceptsAnyHostname()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    parameters.setServerNames(name == null ? List.of() : indication(name));
  }

  /** What a client asks for by name (RFC 6066, section 3): names, and no addresses. */
  private static List<SNIServerName> indication(String name) {
    if (JdkResolver.isLiteral(name)) {
      return List.of();
    }
    try {
      return List.of(
          new SNIHostName(name.endsWith(".") ? name.substring(0, name.length() - 1) : name));
    } catch (IllegalArgumentException e) { // a name that only this network knows, with a _ say
      return List.of();
    }
  }

  private void checkClient(SSLParameters parameters) {
    switch (options.clientAuth()) {
      case NONE -> parameters.setNeedClientAuth(false);
      case WANTED -> parameters.setWantClientAuth(true);
      case REQUIRED -> parameters.setNeedClientAuth(true);
    }
  }

  /** What a failed handshake has to say to the user. */
  IOException handshakeFailure(Throwable error) {
    return TlsFailures.ofHandshake(error, side, name, options);
  }

  /** What a failure after the handshake has to say to the user. */
  IOException failure(SSLException error) {
    return TlsFailures.ofData(error, side, name, options);
  }
}
