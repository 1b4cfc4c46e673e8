package io.weir;

import io.weir.internal.concurrent.TurnLoop;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs a body repeatedly, until its stage completes with false. */
final class StageLoop extends TurnLoop {

  private final Supplier<? extends CompletionStage<Boolean>> body;

  StageLoop(Supplier<? extends CompletionStage<Boolean>> body) {
    this.body = body;
  }

  @Override
  protected void turn() {
    if (error != null) {
      fail(error);
    } else if (!done.isDone()) {
      runBody();
    }
  }

  private void runBody() {
    try {
      CompletionStage<Boolean> round =
          Objects.requireNonNull(body.get(), "the body of loop returned null instead of a stage");
      round.whenComplete(this::roundOver);
    } catch (Throwable thrown) { // user code: any exception terminates the loop
      fail(thrown);
    }
  }

  private void roundOver(@Nullable Boolean goesOn, @Nullable Throwable failure) {
    if (failure == null && goesOn == null) {
      error = new NullPointerException("the stage of a loop's body completed with null");
    } else {
      error = failure;
    }
    if (error == null && Boolean.FALSE.equals(goesOn)) {
      done.complete(null);
    } else {
      runTurns();
    }
  }
}
