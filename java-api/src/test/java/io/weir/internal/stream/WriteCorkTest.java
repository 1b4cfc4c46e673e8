package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.internal.concurrent.Trampoline;
import io.weir.testing.Texts;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WriteCorkTest {

  private final InputState input = new InputState(100);
  private final Trampoline here = Trampoline.current();

  private List<Boolean> expectsMoreInCallbacks() {
    List<Boolean> seen = new ArrayList<>();
    here.run(() -> seen.add(WriteCork.expectsMore(here, input)));
    here.runOnExecutor(() -> seen.add(WriteCork.expectsMore(here, input)));
    return seen;
  }

  @Test
  void only_the_first_write_that_is_held_arranges_for_the_release() {
    WriteCork cork = new WriteCork();
    assertTrue(cork.hold());
    assertFalse(cork.hold());

    cork.release();
    assertTrue(cork.hold());
  }

  @Test
  void a_callback_with_more_to_read_will_write_more_but_not_on_an_executor() {
    input.feed(Texts.bytes("next request"));

    assertEquals(List.of(true, false), expectsMoreInCallbacks());
    assertFalse(WriteCork.expectsMore(here, input), "outside of callbacks");
  }

  @Test
  void a_callback_without_more_to_read_writes_at_once() {
    assertEquals(List.of(false, false), expectsMoreInCallbacks());
  }
}
