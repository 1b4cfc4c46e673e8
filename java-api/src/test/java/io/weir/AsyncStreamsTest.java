package io.weir;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Modifier;
import org.junit.jupiter.api.Test;

class AsyncStreamsTest {
  @Test
  void the_entry_point_is_final() {
    assertEquals(Modifier.PUBLIC | Modifier.FINAL, AsyncStreams.class.getModifiers());
  }
}
