package io.weir.internal.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {

  private static final String EVIL = "evil\u001b[2J\nFAKE LOG LINE\r\n";
  private static final String ESCAPED = "evil\\u001b[2J\\nFAKE LOG LINE\\r\\n";

  @ParameterizedTest
  @CsvSource({
    "000a, \\n",
    "000d, \\r",
    "0009, \\t",
    "0000, \\u0000",
    "001b, \\u001b",
    "007f, \\u007f",
    "0085, \\u0085",
    "009b, \\u009b",
    "061c, \\u061c",
    "200e, \\u200e",
    "2028, \\u2028",
    "2029, \\u2029",
    "202e, \\u202e",
    "2066, \\u2066",
    "2069, \\u2069"
  })
  void a_character_that_is_not_for_a_log_is_escaped(String code, String escaped) {
    String character = Character.toString(Integer.parseInt(code, 16));

    assertEquals("a" + escaped + "b", Printable.text("a" + character + "b"));
  }

  @Test
  void every_control_character_of_the_jdk_is_escaped() {
    for (char each = 0; each < Character.MAX_VALUE; each++) {
      if (Character.isISOControl(each)) {
        assertEquals(-1, Printable.text("a" + each).indexOf(each), "of code " + (int) each);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "plain", "a\\nb $1 {0} %s", "grüße, 世界, שלום, 👩‍💻"})
  void other_texts_stay_as_they_are(String text) {
    assertEquals(text, Printable.text(text));
  }

  @Nested
  class AnError {

    @Test
    void that_is_printable_all_through_is_handed_on_itself() {
      IOException error = new IOException("plain", new IllegalStateException());
      error.addSuppressed(new IOException());

      assertSame(error, Printable.error(error));
    }

    @Test
    void that_is_not_comes_as_a_copy_with_its_name_and_its_stack_trace() {
      IllegalStateException error = new IllegalStateException(EVIL);

      Throwable copy = Printable.error(error);

      assertEquals("java.lang.IllegalStateException: " + ESCAPED, copy.toString());
      assertEquals(copy.toString(), copy.getMessage(), "also for a log that asks for this");
      assertArrayEquals(error.getStackTrace(), copy.getStackTrace());
      assertNull(copy.getCause());
      assertEquals(EVIL, error.getMessage(), "the original is as it was");
    }

    @Test
    void whose_cause_or_suppressed_one_is_not_comes_as_a_copy_with_copies_of_these() {
      IOException cause = new IOException("cause " + EVIL);
      IOException suppressed = new IOException("suppressed", new IOException(EVIL));
      IllegalStateException error = new IllegalStateException("plain", cause);
      error.addSuppressed(suppressed);

      Throwable copy = Printable.error(error);

      assertEquals(error.toString(), copy.toString());
      assertEquals("java.io.IOException: cause " + ESCAPED, copy.getCause().toString());
      assertArrayEquals(cause.getStackTrace(), copy.getCause().getStackTrace());
      assertEquals(1, copy.getSuppressed().length);
      assertEquals(suppressed.toString(), copy.getSuppressed()[0].toString());
      assertEquals(
          "java.io.IOException: " + ESCAPED, copy.getSuppressed()[0].getCause().toString());
    }

    @Test
    void in_a_circle_comes_as_a_circle() {
      IOException first = new IOException("first " + EVIL);
      IOException second = new IOException("second", first);
      first.initCause(second);
      second.addSuppressed(first);

      Throwable copy = Printable.error(first);

      assertEquals("java.io.IOException: first " + ESCAPED, copy.toString());
      assertEquals("java.io.IOException: second", copy.getCause().toString());
      assertSame(copy, copy.getCause().getCause());
      assertSame(copy, copy.getCause().getSuppressed()[0]);
    }

    @Test
    void in_a_circle_that_is_printable_is_handed_on_itself() {
      IOException first = new IOException("first");
      first.initCause(new IOException("second", first));

      assertSame(first, Printable.error(first));
    }

    @Test
    void that_is_its_own_cause_comes_without_one() {
      Throwable itself =
          new Exception(EVIL) {
            @Override
            public Throwable getCause() {
              return this;
            }
          };

      assertNull(Printable.error(itself).getCause());
    }

    @Test
    void at_the_end_of_a_long_chain_is_reached() {
      Throwable chain = new IOException(EVIL);
      for (int i = 0; i < 20_000; i++) {
        chain = new Exception("link", chain, false, false) {};
      }

      Throwable deepest = Printable.error(chain);
      while (deepest.getCause() != null) {
        deepest = deepest.getCause();
      }

      assertEquals("java.io.IOException: " + ESCAPED, deepest.toString());
    }

    @Test
    void whose_message_its_text_does_not_show_comes_as_a_copy_too() {
      Throwable quiet =
          new Exception(EVIL) {
            @Override
            public String getLocalizedMessage() {
              return "quiet";
            }
          };

      assertEquals(quiet.toString(), Printable.error(quiet).getMessage());
    }

    @Test
    void whose_methods_fail_comes_as_its_name() {
      Throwable broken =
          new Exception() {
            @Override
            public String getMessage() {
              throw new IllegalStateException("broken");
            }
          };

      String text = Printable.error(broken).toString();

      assertTrue(text.startsWith(broken.getClass().getName()), text);
    }
  }
}
