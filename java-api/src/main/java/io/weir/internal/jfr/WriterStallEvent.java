package io.weir.internal.jfr;

import java.net.SocketAddress;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A pending drain: the peer reads more slowly than the program writes. */
@Name("io.weir.WriterStall")
@Label("Writer Stall")
@Category("Weir")
@Description("A drain that was pending, because the peer reads more slowly than the program writes")
@StackTrace(false)
final class WriterStallEvent extends Event {

  @Label("Peer")
  @Nullable String peer;

  @Label("Queued")
  @Description("The bytes in the write queue at the start")
  @DataAmount
  long queued;

  @Label("Failure")
  @Nullable String failure;

  static void record(
      Supplier<@Nullable SocketAddress> peer, long queued, CompletionStage<?> drained) {
    WriterStallEvent event = new WriterStallEvent();
    if (event.isEnabled()) {
      event.begin();
      event.peer = EventText.of(peer.get());
      event.queued = queued;
      drained.whenComplete((nothing, error) -> event.finish(error));
    }
  }

  private void finish(@Nullable Throwable error) {
    failure = EventText.of(error);
    commit();
  }
}
