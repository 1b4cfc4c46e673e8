package io.weir;

import io.weir.internal.concurrent.StreamFuture;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Sends to each of two connections what the other receives. */
final class JoinedConnections {

  private static final int DIRECTIONS = 2;

  private final StreamConnection one;
  private final StreamConnection other;
  private final StreamFuture<@Nullable Void> done = new StreamFuture<>();
  private final AtomicInteger open = new AtomicInteger(DIRECTIONS);

  private JoinedConnections(StreamConnection one, StreamConnection other) {
    this.one = Objects.requireNonNull(one, "one");
    this.other = Objects.requireNonNull(other, "other");
  }

  static CompletableFuture<@Nullable Void> join(StreamConnection one, StreamConnection other) {
    return new JoinedConnections(one, other).start();
  }

  private CompletableFuture<@Nullable Void> start() {
    CompletableFuture<Long> there = one.reader().transferTo(other.writer());
    CompletableFuture<Long> back = other.reader().transferTo(one.writer());
    done.whenComplete(
        (nothing, ended) -> {
          there.cancel(false);
          back.cancel(false);
        });
    there.whenComplete((bytes, failure) -> ended(other.writer(), failure));
    back.whenComplete((bytes, failure) -> ended(one.writer(), failure));
    return done;
  }

  private void ended(StreamWriter to, @Nullable Throwable failure) {
    if (done.isDone()) {
      return;
    }
    if (failure != null) {
      one.writer().transport().abort();
      other.writer().transport().abort();
      done.completeExceptionally(StreamFuture.causeOf(failure));
    } else if (open.decrementAndGet() > 0) {
      endHalf(to);
    } else {
      one.close();
      other.close();
      done.complete(null);
    }
  }

  /**
   * Passes the EOF of one direction on; the other direction continues if half-close is supported.
   */
  private static void endHalf(StreamWriter to) {
    if (to.canWriteEof()) {
      to.writeEof();
    } else {
      to.close();
    }
  }
}
