package io.weir.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.weir.WriteLimits;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedConnection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** CPython's test_streams.py, the part that needs a peer which takes bytes when told to. */
class StreamsDrainParityTest {

  @Test
  @DisplayName("ten wait in drain, and all go on when enough has been written")
  void testMultipleDrain() {
    ScriptedConnection scripted = ScriptedConnection.open();
    scripted.channel().holdWrites();
    scripted.writer().write(new byte[WriteLimits.DEFAULTS.high() + 1]);
    List<CompletableFuture<Void>> drains =
        IntStream.range(0, 10).mapToObj(i -> scripted.writer().drain()).toList();
    assertFalse(drains.stream().anyMatch(CompletableFuture::isDone));

    scripted.channel().releaseWrites();

    drains.forEach(drain -> assertNull(Deadline.get(drain)));
    assertEquals(10, drains.stream().distinct().count());
  }
}
