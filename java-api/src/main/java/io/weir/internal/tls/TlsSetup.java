package io.weir.internal.tls;

import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsSide;
import io.weir.internal.channel.IpLiteral;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** The TLS set-up of one connection: creates its channel, and translates its failures. */
public final class TlsSetup {

  /** Suites with forward secrecy and authenticated encryption; all suites of TLS 1.3 have both. */
  private static final Pattern GOOD_SUITE =
      Pattern.compile("TLS_(AES|CHACHA20)_.*|TLS_(ECDHE|DHE)_.*_(GCM|POLY1305)_.*");

  private final TlsSettings settings;
  private final TlsSide side;
  private final @Nullable String name; // of the server, as a client knows it
  private final int port;

  /**
   * Creates the set-up.
   *
   * @throws IllegalArgumentException when a client has no server name to check, or a server has no
   *     certificate
   */
  public TlsSetup(TlsSettings settings, TlsSide side, TlsPeer peer) {
    this.settings = settings;
    this.side = side;
    String host = settings.serverHostname() == null ? peer.host() : settings.serverHostname();
    this.name = host == null ? null : IpLiteral.withoutBrackets(host);
    this.port = peer.port();
    if (side == TlsSide.CLIENT) {
      requireName();
    } else {
      settings.requireCertificate();
    }
  }

  /** Creates the set-up for a connection that a server has accepted. */
  public static TlsSetup forServer(TlsSettings settings) {
    return new TlsSetup(settings, TlsSide.SERVER, TlsPeer.ACCEPTED);
  }

  private void requireName() {
    if (name == null && !settings.acceptsAnyHostname()) {
      throw new IllegalArgumentException(
          "the server's name is unknown, so its certificate cannot be checked: set the"
              + " name with TlsOptions.withServerHostname, or accept any name with"
              + " dangerouslyAcceptingAnyHostname");
    }
  }

  /**
   * Returns the factory of the connection's channel. The call may block.
   *
   * @throws IOException when the SSLContext cannot be created or does not support the settings
   */
  public TlsChannelFactory channelFactory(TlsEnvironment environment) throws IOException {
    SSLContext context = settings.credentials().context();
    SSLEngine engine = configuredEngine(context);
    TlsEngine tls =
        new TlsEngine(engine, environment.buffers(), settings.truncationAsEof(), checkedName());
    return inner -> new TlsChannel(inner, tls, context, settings.timeouts(), environment);
  }

  /**
   * Returns the error for received plaintext that has not been read when TLS starts, or null. For a
   * server, these bytes are the start of the client's handshake. For a client they are an
   * injection: the program would read them as if TLS had protected them.
   */
  public @Nullable TlsException checkNoPlaintext(int unread) {
    if (side == TlsSide.SERVER || unread == 0) {
      return null;
    }
    return new TlsException(
        TlsFailure.INJECTED,
        unread
            + " bytes arrived as plaintext before TLS with "
            + (name == null ? "the server" : "'" + name + "'")
            + " could start; an attacker may have sent them. Read everything that the server"
            + " sends before startTls()",
        null);
  }

  private SSLEngine configuredEngine(SSLContext context) throws IOException {
    try {
      return engine(context);
    } catch (IllegalArgumentException | IllegalStateException e) { // unsupported settings
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
    configure(engine, parameters);
    return engine;
  }

  private static void configure(SSLEngine engine, SSLParameters parameters) {
    try {
      engine.setSSLParameters(parameters);
    } catch (ClassCastException e) { // Conscrypt takes names of the class SNIHostName only
      parameters.setServerNames(List.of());
      engine.setSSLParameters(parameters);
    }
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
    ServerName server = name == null ? null : new ServerName(name);
    SNIServerName sni = server == null || !settings.sendsServerName() ? null : server.sni();
    parameters.setServerNames(sni == null ? List.of() : List.of(sni));
    if (!settings.acceptsAnyHostname() && (server == null || server.isCheckedByProvider())) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
  }

  /** Returns the name that is checked after the handshake, unless the provider checks it. */
  private @Nullable ServerName checkedName() {
    return side == TlsSide.SERVER || name == null || settings.acceptsAnyHostname()
        ? null
        : new ServerName(name);
  }

  private void checkClient(SSLParameters parameters) {
    switch (settings.clientAuth()) {
      case NONE -> parameters.setNeedClientAuth(false);
      case WANTED -> parameters.setWantClientAuth(true);
      case REQUIRED -> parameters.setNeedClientAuth(true);
    }
  }

  /** Notes that the handshake has succeeded. */
  public void handshakeSucceeded() {
    if (side == TlsSide.SERVER) {
      settings.credentials().noteServed();
    }
  }

  /** Translates the error of a handshake for the user. */
  public IOException handshakeFailure(Throwable error) {
    return TlsExceptions.ofHandshake(error, side, name, settings);
  }

  /** Translates an error after the handshake for the user. */
  public IOException failure(SSLException error) {
    return TlsExceptions.ofData(error, side, name, settings);
  }
}
