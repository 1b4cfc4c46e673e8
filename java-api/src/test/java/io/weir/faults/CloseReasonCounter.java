package io.weir.faults;

import io.weir.CloseReason;
import io.weir.ConnectionHandler;
import io.weir.testing.CallbackCheck;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** How the connections of a server have ended, so far. */
final class CloseReasonCounter {

  private final Map<CloseReason.Kind, Integer> counts = new ConcurrentHashMap<>();

  /** The same handler; how its connections end is counted. */
  ConnectionHandler counted(ConnectionHandler handler) {
    return (reader, writer) -> {
      writer
          .waitClosed()
          .whenComplete(
              (ended, loss) -> {
                CallbackCheck.assertOutsideCalls();
                counts.merge(Objects.requireNonNull(writer.closeReason()).kind(), 1, Integer::sum);
              });
      return handler.handle(reader, writer);
    };
  }

  int of(CloseReason.Kind kind) {
    return counts.getOrDefault(kind, 0);
  }

  /** The number of each kind of which there are any. */
  Map<CloseReason.Kind, Integer> all() {
    return new TreeMap<>(counts);
  }

  @Override
  public String toString() {
    return all().toString();
  }
}
