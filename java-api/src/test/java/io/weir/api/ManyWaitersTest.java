package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.WriteLimits;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedConnection;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Futures that many callers ask for: each call costs the same, and a cancelled future is not kept.
 */
class ManyWaitersTest {

  /** Takes ten seconds where each call looks through all. */
  private static final int MANY = 40_000;

  private enum Wait {
    WHEN_PEER_GONE,
    WAIT_CLOSED,
    DRAIN;

    Supplier<CompletableFuture<Void>> of(ScriptedConnection connection) {
      return switch (this) {
        case WHEN_PEER_GONE -> connection.reader()::whenPeerGone;
        case WAIT_CLOSED -> connection.writer()::waitClosed;
        case DRAIN -> connection.writer()::drain;
      };
    }
  }

  private static ScriptedConnection stuck() {
    ScriptedConnection stuck = ScriptedConnection.open();
    stuck.channel().holdWrites();
    stuck.transport().setWriteBufferLimits(WriteLimits.ofHigh(1));
    stuck.writer().write(bytes("nobody takes it"));
    return stuck;
  }

  @ParameterizedTest
  @EnumSource
  void that_wait_all_end(Wait wait) {
    ScriptedConnection connection = stuck();
    Supplier<CompletableFuture<Void>> call = wait.of(connection);
    List<CompletableFuture<Void>> waiting = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      waiting.add(call.get());
    }
    connection.transport().abort();

    assertEquals(MANY, waiting.stream().filter(CompletableFuture::isDone).count());
  }

  @ParameterizedTest
  @EnumSource
  void that_are_cancelled_leave_nothing(Wait wait) {
    ScriptedConnection connection = stuck();
    Supplier<CompletableFuture<Void>> call = wait.of(connection);
    CompletableFuture<Void> kept = call.get();
    List<WeakReference<Object>> cancelled = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      CompletableFuture<Void> future = call.get();
      future.cancel(false);
      cancelled.add(new WeakReference<>(future));
    }

    Deadline.await(
        "at most a few of the cancelled futures are held",
        () -> {
          System.gc();
          return cancelled.stream().filter(ref -> ref.get() != null).count() <= 16;
        });
    connection.transport().abort();
    assertTrue(kept.isDone());
  }
}
