package io.weir.internal.jfr;

import java.net.SocketAddress;
import java.util.function.Supplier;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** An accepted connection. */
@Name("io.weir.Accept")
@Label("Accept")
@Category("Weir")
@Description("A connection that a server has accepted")
@StackTrace(false)
final class AcceptEvent extends Event {

  @Label("Local Address")
  @Nullable String local;

  @Label("Peer")
  @Nullable String peer;

  static void record(
      Supplier<@Nullable SocketAddress> local, Supplier<@Nullable SocketAddress> peer) {
    AcceptEvent event = new AcceptEvent();
    if (event.isEnabled()) {
      event.local = EventText.of(local.get());
      event.peer = EventText.of(peer.get());
      event.commit();
    }
  }
}
