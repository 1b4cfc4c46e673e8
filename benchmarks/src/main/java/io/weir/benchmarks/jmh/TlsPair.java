package io.weir.benchmarks.jmh;

import io.weir.MemoryStreams;
import io.weir.TlsOptions;
import io.weir.TlsSide;
import io.weir.benchmarks.compare.SelfSigned;
import io.weir.benchmarks.server.Tls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** TLS 1.3 between two ends in memory. */
final class TlsPair {

  private TlsPair() {}

  static void shakeHands(MemoryStreams.Pair pair) throws Exception {
    Path directory = Files.createTempDirectory("weir-benchmarks");
    Tls tls = SelfSigned.in(directory);
    TlsOptions server =
        TlsOptions.fromPem(tls.certificate(), tls.key()).withProtocols(Tls.PROTOCOL);
    TlsOptions client = TlsOptions.trusting(tls.certificate()).withServerHostname("localhost");
    CompletableFuture.allOf(
            pair.first().writer().startTls(client, TlsSide.CLIENT),
            pair.second().writer().startTls(server, TlsSide.SERVER))
        .join();
    Files.delete(tls.certificate());
    Files.delete(tls.key());
    Files.delete(directory);
  }
}
