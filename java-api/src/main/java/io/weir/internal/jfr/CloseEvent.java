package io.weir.internal.jfr;

import io.weir.CloseReason;
import io.weir.ConnectionInfo;
import java.util.function.Supplier;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** A closed connection, with its reason. */
@Name("io.weir.Close")
@Label("Close")
@Category("Weir")
@Description("A connection that has closed, and why")
@StackTrace(false)
final class CloseEvent extends Event {

  @Label("Peer")
  @Nullable String peer;

  @Label("Age")
  @Description("The time since the connection was accepted or established")
  @Timespan(Timespan.NANOSECONDS)
  long age;

  @Label("Received")
  @DataAmount
  long received;

  @Label("Sent")
  @DataAmount
  long sent;

  @Label("Unsent")
  @Description("The written bytes that were lost")
  @DataAmount
  long unsent;

  @Label("Reason")
  @Nullable String reason;

  @Label("Cause")
  @Nullable String cause;

  static void record(Supplier<ConnectionInfo> connection, CloseReason why) {
    CloseEvent event = new CloseEvent();
    if (event.isEnabled()) {
      ConnectionInfo info = connection.get();
      event.peer = EventText.of(info.peer());
      event.age = info.age().toNanos();
      event.received = info.received();
      event.sent = info.sent();
      event.unsent = why.unsent();
      event.reason = why.kind().name();
      event.cause = EventText.of(why.cause());
      event.commit();
    }
  }
}
