package io.weir.parity;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** Arguments that are never right. */
final class Refusal {

  private Refusal() {}

  /** A call throws at once, with a text that begins with the argument's name. */
  static void assertRefused(String what, Executable call) {
    RuntimeException refused = assertThrows(RuntimeException.class, call);
    assertTrue(refused.getMessage().startsWith(what), refused::toString);
  }
}
