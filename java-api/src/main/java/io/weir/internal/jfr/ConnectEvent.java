package io.weir.internal.jfr;

import java.util.concurrent.CompletionStage;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** An attempt to open a connection, from the call until its future is complete. */
@Name("io.weir.Connect")
@Label("Connect")
@Category("Weir")
@Description("An attempt to open a connection: name resolution, connect and TLS handshake")
@StackTrace(false)
final class ConnectEvent extends Event {

  @Label("Target")
  @Nullable String target;

  @Label("Failure")
  @Nullable String failure;

  static void record(String target, CompletionStage<?> opened) {
    ConnectEvent event = new ConnectEvent();
    if (event.isEnabled()) {
      event.begin();
      event.target = target;
      opened.whenComplete((connection, error) -> event.finish(error));
    }
  }

  private void finish(@Nullable Throwable error) {
    failure = EventText.of(error);
    commit();
  }
}
