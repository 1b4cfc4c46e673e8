package io.weir.internal.tls;

import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsSide;
import io.weir.internal.channel.IpLiteral;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
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
public final class TlsSetup {

  /** Forward secrecy and authenticated encryption; the suites of TLS 1.3 all have both. */
  private static final Pattern GOOD_SUITE =
      Pattern.compile("TLS_(AES|CHACHA20)_.*|TLS_(ECDHE|DHE)_.*_(GCM|POLY1305)_.*");

  private final TlsSettings settings;
  private final TlsSide side;
  private final @Nullable String name; // of the server, as far as a client knows it
  private final int port;

  /**
   * Makes one.
   *
   * @throws IllegalArgumentException when the options do not do for this side
   */
  public TlsSetup(TlsSettings settings, TlsSide side, TlsPeer peer) {
    this.settings = settings;
    this.side = side;
    this.name = settings.serverHostname() == null ? peer.host() : settings.serverHostname();
    this.port = peer.port();
    if (side == TlsSide.CLIENT) {
      requireName();
    } else {
      settings.requireCertificate();
    }
  }

  /** Makes one for a connection that a server has accepted. */
  public static TlsSetup forServer(TlsSettings settings) {
    return new TlsSetup(settings, TlsSide.SERVER, TlsPeer.ACCEPTED);
  }

  private void requireName() {
    if (name == null && !settings.acceptsAnyHostname()) {
      throw new IllegalArgumentException(
          "the server's name is not known, so its certificate cannot be checked: set it with"
              + " TlsOptions.withServerHostname, or accept any with"
              + " dangerouslyAcceptingAnyHostname");
    }
  }

  /** Makes ready for one connection, which may take time and fail. */
  public TlsChannelFactory channelFactory(TlsEnvironment environment) throws IOException {
    SSLContext context = settings.credentials().context();
    SSLEngine engine = configuredEngine(context);
    return inner ->
        new TlsChannel(
            inner, engine, context, settings.timeouts(), settings.truncationAsEof(), environment);
  }

  /**
   * Why TLS cannot start behind bytes that have come in the clear and have not been read; null when
   * it can. They belong to a client's handshake. To a server they do not, but they would be read as
   * if they had come through TLS.
   */
  public @Nullable TlsException checkNoPlaintext(int unread) {
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
      throw new IOException("TLS cannot be set up with " + settings + ": " + e.getMessage(), e);
    }
  }

  private SSLEngine engine(SSLContext context) {
    SSLEngine engine =
        side == TlsSide.CLIENT && name != null
            ? context.createSSLEngine(name, port)
            : context.createSSLEngine();
    engine.setUseClientMode(side == TlsSide.CLIENT);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(settings.protocols().toArray(String[]::new));
    parameters.setCipherSuites(suites(parameters.getCipherSuites()));
    parameters.setUseCipherSuitesOrder(true);
    parameters.setApplicationProtocols(settings.applicationProtocols().toArray(String[]::new));
    if (side == TlsSide.CLIENT) {
      checkServer(parameters);
    } else {
      checkClient(parameters);
    }
    engine.setSSLParameters(parameters);
    return engine;
  }

  private String[] suites(String[] allowed) {
    if (settings.cipherSuites() != null) {
      return settings.cipherSuites().toArray(String[]::new);
    }
    return Arrays.stream(allowed)
        .filter(suite -> GOOD_SUITE.matcher(suite).matches())
        .toArray(String[]::new);
  }

  private void checkServer(SSLParameters parameters) {
    if (!settings.acceptsAnyHostname()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    parameters.setServerNames(name == null ? List.of() : indication(name));
  }

  /** What a client asks for by name (RFC 6066, section 3): names, and no addresses. */
  private static List<SNIServerName> indication(String name) {
    if (IpLiteral.matches(name)) {
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
    switch (settings.clientAuth()) {
      case NONE -> parameters.setNeedClientAuth(false);
      case WANTED -> parameters.setWantClientAuth(true);
      case REQUIRED -> parameters.setNeedClientAuth(true);
    }
  }

  /** What a failed handshake has to say to the user. */
  public IOException handshakeFailure(Throwable error) {
    return TlsExceptions.ofHandshake(error, side, name, settings);
  }

  /** What a failure after the handshake has to say to the user. */
  public IOException failure(SSLException error) {
    return TlsExceptions.ofData(error, side, name, settings);
  }
}
