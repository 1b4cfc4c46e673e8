package io.weir.contract;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.MemoryStreams;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import io.weir.TlsSide;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.KeyKind;
import io.weir.certificates.Leaf;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.TestRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Streams over TLS do what streams do, whatever TLS lies on. */
@Tag("channels")
@Tag("tls")
@Tag("tls-contract")
class TlsStreamContractTest {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final TlsOptions CLIENT = TlsOptions.of(AUTHORITY.clientContext());
  private static final TlsOptions SERVER = TlsOptions.of(AUTHORITY.issue().serverContext());
  private static final TlsOptions RSA_SERVER =
      TlsOptions.of(AUTHORITY.issue(Leaf.DEFAULTS.withKey(KeyKind.RSA)).serverContext());

  abstract static class TlsSuite extends StreamContract {

    @Override
    boolean halfCloses() {
      return false;
    }

    @Override
    Class<? extends IOException> loss() {
      return IOException.class; // a reset, or an end without a good-bye
    }
  }

  private static StreamContract.Ends overTcp(TlsOptions server, TlsOptions client, int limit) {
    return StreamContract.Ends.of(
        (handler, options) ->
            AsyncStreams.startServer(
                handler, Loopback.HOST, 0, TestRuntime.in(options.withTls(server))),
        started ->
            AsyncStreams.openConnection(
                Loopback.HOST,
                Loopback.port(started),
                TestRuntime.in(ConnectOptions.DEFAULTS.withLimit(limit).withTls(client))),
        limit);
  }

  /** Shakes hands on a connection of both ends that is there. */
  private static StreamContract.Ends upgraded(StreamConnection client, StreamConnection server) {
    CompletableFuture<Void> there =
        client.writer().startTls(CLIENT.withServerHostname("localhost"), TlsSide.CLIENT);
    Deadline.get(server.writer().startTls(SERVER, TlsSide.SERVER));
    Deadline.get(there);
    return new StreamContract.Ends(client, server);
  }

  @Nested
  class Tls13OverTcp extends TlsSuite {

    @Override
    Ends openPair(int limit) {
      return overTcp(SERVER, CLIENT, limit);
    }

    @Override
    String kind() {
      return "tls over tcp ";
    }
  }

  @Nested
  @Tag("matrix")
  class Tls12OverTcp extends TlsSuite {

    @Override
    Ends openPair(int limit) {
      return overTcp(RSA_SERVER, CLIENT.withProtocols("TLSv1.2"), limit);
    }

    @Override
    String kind() {
      return "tls over tcp ";
    }
  }

  @Nested
  @Tag("matrix")
  class OverUnix extends TlsSuite {

    @TempDir Path directory;

    @Override
    Ends openPair(int limit) {
      Path path = directory.resolve("s");
      return Ends.of(
          (handler, options) ->
              AsyncStreams.startUnixServer(handler, path, options.withTls(SERVER)),
          server ->
              AsyncStreams.openUnixConnection(
                  path,
                  ConnectOptions.DEFAULTS
                      .withLimit(limit)
                      .withTls(CLIENT.withServerHostname("localhost"))),
          limit);
    }

    @Override
    String kind() {
      return "tls over unix ";
    }
  }

  @Nested
  @Tag("matrix")
  class UpgradedInMemory extends TlsSuite {

    @Override
    Ends openPair(int limit) {
      MemoryStreams.Pair pair = MemoryStreams.pair(limit);
      return upgraded(pair.first(), pair.second());
    }

    @Override
    String kind() {
      return "tls over memory-";
    }
  }

  @Nested
  @Tag("matrix")
  class UpgradedTwice extends TlsSuite {

    @Override
    Ends openPair(int limit) {
      StreamContract.Ends inner = overTcp(SERVER, CLIENT, limit);
      return upgraded(inner.ours(), inner.theirs());
    }

    @Override
    String kind() {
      return "tls over tls over tcp ";
    }
  }
}
