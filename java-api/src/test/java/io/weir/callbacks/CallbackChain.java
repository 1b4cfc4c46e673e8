package io.weir.callbacks;

import io.weir.testing.CallbackCheck;
import io.weir.testing.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A loop that a program builds from callbacks: each begins the next step, whose callback begins the
 * one after it. Nothing refers to a step that is complete. The chain fails when the stack has grown
 * with the number of steps.
 */
final class CallbackChain {

  private static final int MAX_FRAMES = 3_000;
  private static final int STEPS_BETWEEN_LOOKS = 997;
  private static final int PROGRESS = 1_000;

  private final Supplier<? extends CompletableFuture<?>> step;
  private final int rounds;
  private final CompletableFuture<Integer> done = new CompletableFuture<>();

  private volatile int passed;

  CallbackChain(int rounds, Supplier<? extends CompletableFuture<?>> step) {
    this.step = step;
    this.rounds = rounds;
  }

  /** Begins the next step. */
  void again() {
    step.get().thenAccept(value -> next()).exceptionally(this::fail);
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one step at a time
  private void next() {
    CallbackCheck.assertOutsideCalls();
    passed++;
    if (passed % STEPS_BETWEEN_LOOKS == 0) {
      assertFlat();
    }
    if (passed < rounds) {
      again();
    } else {
      done.complete(passed);
    }
  }

  private void assertFlat() {
    long frames = StackWalker.getInstance().walk(stack -> stack.limit(MAX_FRAMES).count());
    if (frames == MAX_FRAMES) {
      throw new AssertionError("the stack has " + frames + " frames after " + passed + " steps");
    }
  }

  private @Nullable Void fail(Throwable error) {
    done.completeExceptionally(new AssertionError("failed after " + passed + " steps", error));
    return null;
  }

  /** Returns a future that completes with the last step. */
  CompletableFuture<Integer> done() {
    return done;
  }

  /** Waits for the last step; fails when the chain does not advance. */
  void awaitEnd() {
    while (!done.isDone()) {
      int before = passed;
      Deadline.await(
          "progress after " + before + " of " + rounds + " steps",
          () -> done.isDone() || passed >= before + PROGRESS);
    }
    Deadline.get(done);
  }

  /** Composes so many steps by recursion, as programs do that need the value of the last. */
  static CompletableFuture<Integer> compose(
      int rounds, Supplier<? extends CompletableFuture<?>> step) {
    return rounds == 0
        ? CompletableFuture.completedFuture(0)
        : step.get()
            .thenCompose(
                value -> {
                  CallbackCheck.assertOutsideCalls();
                  return compose(rounds - 1, step);
                });
  }
}
