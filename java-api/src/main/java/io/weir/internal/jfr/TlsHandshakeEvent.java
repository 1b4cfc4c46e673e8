package io.weir.internal.jfr;

import java.net.SocketAddress;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A TLS handshake. */
@Name("io.weir.TlsHandshake")
@Label("TLS Handshake")
@Category("Weir")
@Description("A TLS handshake, successful or not")
@StackTrace(false)
final class TlsHandshakeEvent extends Event {

  @Label("Peer")
  @Nullable String peer;

  @Label("Failure")
  @Nullable String failure;

  static void record(Supplier<@Nullable SocketAddress> peer, CompletionStage<?> done) {
    TlsHandshakeEvent event = new TlsHandshakeEvent();
    if (event.isEnabled()) {
      event.begin();
      event.peer = EventText.of(peer.get());
      done.whenComplete((nothing, error) -> event.finish(error));
    }
  }

  private void finish(@Nullable Throwable error) {
    failure = EventText.of(error);
    commit();
  }
}
