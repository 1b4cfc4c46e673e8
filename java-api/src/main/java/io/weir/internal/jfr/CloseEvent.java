package io.weir.internal.jfr;

import java.net.SocketAddress;
import java.time.Duration;
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

  static boolean isRecorded() {
    return new CloseEvent().isEnabled();
  }

  static void record(
      @Nullable SocketAddress peer,
      Duration age,
      long received,
      long sent,
      long unsent,
      String reason,
      @Nullable Throwable cause) {
    CloseEvent event = new CloseEvent();
    event.peer = EventText.of(peer);
    event.age = age.toNanos();
    event.received = received;
    event.sent = sent;
    event.unsent = unsent;
    event.reason = reason;
    event.cause = EventText.of(cause);
    event.commit();
  }
}
