package io.weir.samples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.samples.readme.ConnectionMetrics;
import org.junit.jupiter.api.Test;

class ConnectionMetricsTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void the_example_counts_connections_and_their_bytes() throws Exception {
    ServerOptions options =
        ServerOptions.DEFAULTS.withObserver(new ConnectionMetrics(registry, "echo"));
    ConnectionHandler echo =
        ConnectionHandler.closing((reader, writer) -> reader.forEachLine(writer::send));
    Server server = AsyncStreams.startServer(echo, "127.0.0.1", 0, options).get(10, SECONDS);
    StreamConnection client =
        AsyncStreams.openConnection("127.0.0.1", server.port()).get(10, SECONDS);
    client.writer().write("hello\n".getBytes(UTF_8));
    client.reader().readLine().get(10, SECONDS);
    assertEquals(1, registry.get("weir.connections").gauge().value());
    client.close();
    server.close();
    server.waitClosed().get(10, SECONDS);

    assertEquals(0, registry.get("weir.connections").gauge().value());
    assertEquals(6, registry.get("weir.bytes.received").counter().count());
    assertEquals(6, registry.get("weir.bytes.sent").counter().count());
    assertEquals(
        1,
        registry
            .get("weir.connections.closed")
            .tag("endpoint", "echo")
            .tag("reason", "CLOSED_BY_PEER")
            .timer()
            .count());
  }
}
