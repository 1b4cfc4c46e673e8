package io.weir.internal.tls;

import static io.weir.internal.tls.TlsState.CLOSED;
import static io.weir.internal.tls.TlsState.CLOSING;
import static io.weir.internal.tls.TlsState.FAILED;
import static io.weir.internal.tls.TlsState.HANDSHAKING;
import static io.weir.internal.tls.TlsState.INPUT_CUT;
import static io.weir.internal.tls.TlsState.INPUT_ENDED;
import static io.weir.internal.tls.TlsState.OPEN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TlsStateTest {

  private static final Map<TlsState, Set<TlsState>> MOVES =
      Map.of(
          HANDSHAKING, EnumSet.of(OPEN, FAILED, CLOSED),
          OPEN, EnumSet.of(INPUT_ENDED, INPUT_CUT, CLOSING, FAILED, CLOSED),
          INPUT_ENDED, EnumSet.of(CLOSING, FAILED, CLOSED),
          INPUT_CUT, EnumSet.of(CLOSING, FAILED, CLOSED),
          CLOSING, EnumSet.of(CLOSED),
          FAILED, EnumSet.of(CLOSED),
          CLOSED, EnumSet.noneOf(TlsState.class));

  @ParameterizedTest
  @EnumSource
  void each_state_can_be_left_for_those_of_the_drawing_alone(TlsState from) {
    for (TlsState to : TlsState.values()) {
      if (MOVES.get(from).contains(to)) {
        assertEquals(to, from.to(to));
      } else {
        IllegalStateException refused =
            assertThrows(IllegalStateException.class, () -> from.to(to));
        assertTrue(refused.getMessage().contains("from " + from + " to " + to));
      }
    }
  }
}
