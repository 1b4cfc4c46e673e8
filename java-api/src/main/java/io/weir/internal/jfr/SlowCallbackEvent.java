package io.weir.internal.jfr;

import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** A callback that blocks an I/O thread. Another thread records it, while the callback runs. */
@Name("io.weir.SlowCallback")
@Label("Slow Callback")
@Category("Weir")
@Description("A callback that keeps an I/O thread from its other connections")
@StackTrace(false)
final class SlowCallbackEvent extends Event {

  @Label("I/O Thread")
  @Nullable Thread thread;

  @Label("Time So Far")
  @Description("The minimum time for which the callback has been running")
  @Timespan(Timespan.NANOSECONDS)
  long soFar;

  @Label("Stack")
  @Description("Where the I/O thread is, from the top down")
  @Nullable String stack;

  static void record(Thread thread, Duration soFar, StackTraceElement[] stack) {
    SlowCallbackEvent event = new SlowCallbackEvent();
    if (event.isEnabled()) {
      event.thread = thread;
      event.soFar = soFar.toNanos();
      event.stack =
          Arrays.stream(stack).map(StackTraceElement::toString).collect(Collectors.joining("\n"));
      event.commit();
    }
  }
}
