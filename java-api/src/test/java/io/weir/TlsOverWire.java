package io.weir;

import io.weir.certificates.CertificateAuthority;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.time.VirtualTimers;
import io.weir.internal.tls.BufferPool;
import io.weir.internal.tls.TlsChannel;
import io.weir.testing.Wire;
import java.util.concurrent.Executor;

/**
 * Two connections over a wire, on one thread, in virtual time: what a call brings about has
 * happened when it returns.
 *
 * @param wire what is between them; the client is on its left
 * @param timers the time of both
 * @param client the one that plays the client
 * @param server the one that plays the server
 */
record TlsOverWire(Wire wire, VirtualTimers timers, Ours client, Ours server) {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");

  /** Options of a client that trusts {@link #SERVER}, and resumes no sessions. */
  static final TlsOptions CLIENT =
      TlsOptions.of(AUTHORITY.clientContext()).dangerouslyAcceptingAnyHostname();

  /** Options of a server. */
  static final TlsOptions SERVER = TlsOptions.of(AUTHORITY.issue().serverContext());

  /** Both have begun to read, in the clear. */
  static TlsOverWire inTheClear() {
    Wire wire = new Wire();
    VirtualTimers timers = new VirtualTimers();
    return new TlsOverWire(
        wire, timers, Ours.over(wire.left(), timers), Ours.over(wire.right(), timers));
  }

  /** Both have shaken hands. */
  static TlsOverWire shaken(String protocol) {
    TlsOverWire pair = inTheClear();
    var there = pair.client.writer.startTls(CLIENT.withProtocols(protocol), TlsSide.CLIENT);
    pair.server.writer.startTls(SERVER.withProtocols(protocol), TlsSide.SERVER).join();
    there.join();
    return pair;
  }

  /**
   * One of our ends.
   *
   * @param connection the connection
   * @param reader its reading end
   * @param writer its writing end
   */
  record Ours(Connection connection, StreamReader reader, StreamWriter writer) {

    /** A connection over a channel, which has begun to read. */
    static Ours over(AsyncByteChannel channel, VirtualTimers timers) {
      return over(channel, timers, StreamReader.DEFAULT_LIMIT);
    }

    /** A connection over a channel, which has begun to read, with a limit for its reader. */
    static Ours over(AsyncByteChannel channel, VirtualTimers timers, int limit) {
      Executor here = Runnable::run;
      Connection connection =
          new Connection(channel, limit, new Callbacks(null), timers, ended -> {});
      CurrentTransport transport =
          new CurrentTransport(
              connection,
              new Object(),
              Origin.NEITHER,
              new TlsChannel.Surroundings(timers, here, here, new BufferPool()));
      connection.start();
      return new Ours(
          connection,
          new StreamReader(connection.inbox(), transport),
          new StreamWriter(connection, transport));
    }
  }
}
