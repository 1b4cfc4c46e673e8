package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertNull;

import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.KeyKind;
import io.weir.certificates.Leaf;
import io.weir.internal.concurrent.DaemonPool;
import io.weir.internal.concurrent.DaemonTimers;
import io.weir.internal.concurrent.IoThread;
import io.weir.internal.tls.BufferPool;
import io.weir.internal.tls.TlsChannel;
import io.weir.internal.tls.TlsEngine;
import io.weir.internal.tls.TlsEnvironment;
import io.weir.internal.tls.TlsTimeouts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Puts TLS over pairs of channels. */
final class TlsPairs {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final SSLContext CLIENT = AUTHORITY.clientContext();
  private static final Map<KeyKind, SSLContext> SERVERS = new ConcurrentHashMap<>();
  private static final Executor COMPLETIONS =
      DaemonPool.forCompletions(IoThread.factory("contract-tls"), 2);
  private static final Executor TASKS = DaemonPool.forBlockingCalls("contract-tasks", 2);
  private static final TlsEnvironment ENVIRONMENT =
      new TlsEnvironment(
          new DaemonTimers("contract-timers").on(COMPLETIONS),
          (needed, task) -> TASKS.execute(task),
          COMPLETIONS,
          new BufferPool());
  private static final TlsTimeouts TIMEOUTS =
      new TlsTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(30));

  private final SSLContext server;
  private final SSLContext client;
  private final String protocol;

  TlsPairs(String protocol, KeyKind kind) {
    this.server = SERVERS.computeIfAbsent(kind, TlsPairs::serverContext);
    this.client = CLIENT;
    this.protocol = protocol;
  }

  private static SSLContext serverContext(KeyKind kind) {
    return AUTHORITY.issue(Leaf.DEFAULTS.withKey(kind)).serverContext();
  }

  /** Shakes hands over two channels that are connected; the second is the server. */
  List<AsyncByteChannel> over(List<AsyncByteChannel> pair) throws Exception {
    TlsChannel left = over(pair.get(0), client, /* asClient= */ true);
    TlsChannel right = over(pair.get(1), server, /* asClient= */ false);
    RecordingHandler<@Nullable Void> there =
        RecordingHandler.by(handler -> left.handshake(0, handler));
    RecordingHandler<@Nullable Void> here =
        RecordingHandler.by(handler -> right.handshake(0, handler));
    assertNull(there.value());
    assertNull(here.value());
    return List.of(left, right);
  }

  private TlsChannel over(AsyncByteChannel inner, SSLContext context, boolean asClient) {
    SSLEngine engine = context.createSSLEngine("localhost", -1);
    engine.setUseClientMode(asClient);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(new String[] {protocol});
    engine.setSSLParameters(parameters);
    TlsEngine tls =
        new TlsEngine(engine, ENVIRONMENT.buffers(), /* truncationAsEof= */ false, null);
    return new TlsChannel(inner, tls, context, TIMEOUTS, ENVIRONMENT);
  }
}
