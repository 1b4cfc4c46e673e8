package io.weir.testing;

import io.weir.InternalAccess;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import io.weir.TlsSide;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.TlsProvider;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.concurrent.VirtualTimers;
import io.weir.internal.stream.Connection;
import io.weir.internal.stream.ConnectionSettings;
import io.weir.internal.stream.Timeouts;
import io.weir.internal.tls.BufferPool;
import io.weir.internal.tls.TlsEnvironment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/**
 * Two connections over a wire, on one thread, in virtual time: what a call brings about has
 * happened when it returns.
 *
 * @param wire what is between them; the client is on its left
 * @param timers the time of both
 * @param client the one that plays the client
 * @param server the one that plays the server
 */
public record TlsOverWire(CuttableWire wire, VirtualTimers timers, Ours client, Ours server) {

  private static final BufferPool BUFFERS = new BufferPool();
  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");

  private static final SSLContext CLIENT_CONTEXT = AUTHORITY.clientContext();
  private static final SSLContext SERVER_CONTEXT = AUTHORITY.issue().serverContext();
  private static final SSLContext PEER_CLIENT_CONTEXT = AUTHORITY.clientContext(TlsProvider.JDK);
  private static final SSLContext PEER_SERVER_CONTEXT =
      AUTHORITY.issue().serverContext(TlsProvider.JDK);

  /** Options of a client that trusts {@link #SERVER}, and resumes no sessions. */
  public static final TlsOptions CLIENT =
      TlsOptions.of(CLIENT_CONTEXT).dangerouslyAcceptingAnyHostname();

  /** Options of a server. */
  public static final TlsOptions SERVER = TlsOptions.of(SERVER_CONTEXT);

  /** Both have begun to read, in the clear. */
  public static TlsOverWire inTheClear() {
    return inTheClear(Timeouts.NONE);
  }

  /** The same, and the client ends by itself. */
  public static TlsOverWire inTheClear(Timeouts ofClient) {
    CuttableWire wire = new CuttableWire();
    VirtualTimers timers = new VirtualTimers();
    ConnectionSettings terms = new ConnectionSettings(StreamReader.DEFAULT_LIMIT, null, ofClient);
    return new TlsOverWire(
        wire, timers, Ours.over(wire.left(), timers, terms), Ours.over(wire.right(), timers));
  }

  /** Both have shaken hands. */
  public static TlsOverWire shaken(String protocol) {
    TlsOverWire pair = inTheClear();
    var there = pair.client.writer.startTls(CLIENT.withProtocols(protocol), TlsSide.CLIENT);
    pair.server.writer.startTls(SERVER.withProtocols(protocol), TlsSide.SERVER).join();
    there.join();
    return pair;
  }

  /** The client is ours, and the server a machine of the JDK, which the test plays on. */
  public static Half client(String protocol) {
    return half(protocol, /* ourClient= */ true);
  }

  /** The server is ours, and the client a machine of the JDK, which the test plays on. */
  public static Half server(String protocol) {
    return half(protocol, /* ourClient= */ false);
  }

  /** The same, and an EOF without close_notify may be a clean one. */
  public static Half server(String protocol, boolean truncationAsEof) {
    return half(
        /* ourClient= */ false,
        protocol,
        SERVER.withProtocols(protocol).withTruncationAsEof(truncationAsEof));
  }

  /** A machine of the JDK for a server. */
  public static SSLEngine serverEngine() {
    SSLEngine engine = PEER_SERVER_CONTEXT.createSSLEngine();
    engine.setUseClientMode(false);
    return engine;
  }

  /** A machine of the JDK for a client. */
  public static SSLEngine clientEngine(String protocol) {
    SSLEngine engine = PEER_CLIENT_CONTEXT.createSSLEngine();
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {protocol});
    return engine;
  }

  private static Half half(String protocol, boolean ourClient) {
    return half(ourClient, protocol, (ourClient ? CLIENT : SERVER).withProtocols(protocol));
  }

  private static Half half(boolean ourClient, String protocol, TlsOptions options) {
    CuttableWire wire = new CuttableWire();
    VirtualTimers timers = new VirtualTimers();
    SSLEngine engine = (ourClient ? PEER_SERVER_CONTEXT : PEER_CLIENT_CONTEXT).createSSLEngine();
    engine.setUseClientMode(!ourClient);
    engine.setEnabledProtocols(new String[] {protocol});
    Ours ours = Ours.over(wire.left(), timers);
    SslEnginePeer peer = new SslEnginePeer(wire.right(), engine);
    CompletableFuture<Void> shaken =
        ours.writer.startTls(options, ourClient ? TlsSide.CLIENT : TlsSide.SERVER);
    peer.start();
    shaken.join();
    return new Half(wire, timers, ours, peer);
  }

  /**
   * One of our ends, which has shaken hands with a machine.
   *
   * @param wire what is between them; ours is on its left
   * @param timers our time
   * @param ours our end
   * @param peer the machine
   */
  public record Half(CuttableWire wire, VirtualTimers timers, Ours ours, SslEnginePeer peer) {}

  /**
   * One of our ends.
   *
   * @param connection the connection
   * @param reader its reading end
   * @param writer its writing end
   */
  public record Ours(Connection connection, StreamReader reader, StreamWriter writer) {

    /** A connection over a channel, which has begun to read. */
    public static Ours over(AsyncByteChannel channel, VirtualTimers timers) {
      return over(channel, timers, StreamReader.DEFAULT_LIMIT);
    }

    /** A connection over a channel, which has begun to read, with a limit for its reader. */
    public static Ours over(AsyncByteChannel channel, VirtualTimers timers, int limit) {
      return over(channel, timers, ConnectionSettings.of(limit));
    }

    private static Ours over(
        AsyncByteChannel channel, VirtualTimers timers, ConnectionSettings terms) {
      return over(channel, timers, terms, Runnable::run);
    }

    /** A connection over a channel, which has begun to read, with a pool for completions. */
    public static Ours over(
        AsyncByteChannel channel,
        VirtualTimers timers,
        ConnectionSettings terms,
        Executor completions) {
      Connection connection = new Connection(channel, terms, timers, ended -> {});
      StreamConnection streams =
          InternalAccess.streams(
              connection,
              new TlsEnvironment(timers, (needed, task) -> task.run(), completions, BUFFERS));
      connection.watch();
      connection.start();
      return new Ours(connection, streams.reader(), streams.writer());
    }
  }
}
