package io.weir.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** The texts of the operating system for errors, which depend on the locale. */
public final class SystemTexts {

  /** The tag of tests that run once more under another locale. */
  public static final String TAG = "locale";

  private SystemTexts() {}

  /** Whether the tests run under another locale than the usual one. */
  public static boolean isForeign() {
    return System.getProperty("weir.test.language") != null;
  }

  /** Asserts that a message contains a text of the system, which is known in English only. */
  public static void assertContains(String english, String message) {
    assertTrue(isForeign() || message.contains(english), message);
    assertTrue(!message.contains("null"), message);
  }
}
