package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.CloseReason.Kind;
import io.weir.TlsException;
import io.weir.TlsFailure;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ConnectionLossTest {

  @Test
  void an_error_of_this_side_is_no_reset_by_the_peer() {
    OutOfMemoryError noMemory = new OutOfMemoryError("in a test");

    assertEquals(Kind.OUT_OF_MEMORY, ConnectionLoss.kindOf(ConnectionLoss.ofError(noMemory)));
    for (Throwable bug : new Throwable[] {new StackOverflowError(), new IllegalStateException()}) {
      assertEquals(Kind.BROKEN_DOWN, ConnectionLoss.kindOf(ConnectionLoss.ofError(bug)));
    }
  }

  @Test
  void the_network_the_peer_and_the_clock_have_kinds_of_their_own() {
    IOException reset =
        ConnectionLoss.of(ConnectionLoss.Activity.READING, new IOException("reset"), null);

    assertEquals(Kind.RESET, ConnectionLoss.kindOf(reset));
    assertEquals(Kind.RESET, ConnectionLoss.kindOf(ConnectionLoss.closed(true)));
    assertEquals(Kind.TIMED_OUT, ConnectionLoss.kindOf(ConnectionLoss.ofTimeout("late")));
    assertEquals(
        Kind.TLS_FAILURE,
        ConnectionLoss.kindOf(new TlsException(TlsFailure.CORRUPT, "damaged", null)));
  }
}
