package io.weir.samples.readme;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.weir.CloseReason;
import io.weir.ConnectionInfo;
import io.weir.ConnectionObserver;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Metrics of the connections of one server or client. */
public final class ConnectionMetrics implements ConnectionObserver {
  private final MeterRegistry registry;
  private final Tags tags;
  private final AtomicInteger open = new AtomicInteger();
  private final Timer handshakes;
  private final Counter received;
  private final Counter sent;
  private final Counter acceptFailures;

  public ConnectionMetrics(MeterRegistry registry, String endpoint) {
    this.registry = registry;
    tags = Tags.of("endpoint", endpoint);
    Gauge.builder("weir.connections", open, AtomicInteger::get).tags(tags).register(registry);
    handshakes = registry.timer("weir.tls.handshake", tags);
    received = registry.counter("weir.bytes.received", tags);
    sent = registry.counter("weir.bytes.sent", tags);
    acceptFailures = registry.counter("weir.accept.failures", tags);
  }

  @Override
  public void onOpen(ConnectionInfo connection) {
    open.incrementAndGet();
  }

  @Override
  public void onHandshake(ConnectionInfo connection, Duration duration) {
    handshakes.record(duration);
  }

  @Override
  public void onClose(ConnectionInfo connection, CloseReason reason) {
    open.decrementAndGet();
    received.increment((double) connection.received());
    sent.increment((double) connection.sent());
    Tags ofReason = tags.and("reason", reason.kind().name());
    registry.timer("weir.connections.closed", ofReason).record(connection.age());
  }

  @Override
  public void onAcceptFailure(Throwable cause) {
    acceptFailures.increment();
  }
}
