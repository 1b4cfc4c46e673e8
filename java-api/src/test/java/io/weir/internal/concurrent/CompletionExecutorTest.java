package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class CompletionExecutorTest {

  private final List<String> seen = new ArrayList<>();

  private void note() {
    seen.add(Trampoline.isInCall() ? "in a call" : "outside");
  }

  private void completeInACall(CompletionExecutor completions) {
    Trampoline here = Trampoline.enterCall();
    try {
      completions.run(this::note);
      seen.add("call");
    } finally {
      here.exit();
    }
  }

  @Test
  void the_calling_thread_completes_when_its_call_returns() {
    completeInACall(CompletionExecutor.IN_CALLER);

    assertEquals(List.of("call", "outside"), seen);
  }

  @Test
  void an_executor_that_runs_in_the_caller_is_never_inside_a_call() {
    completeInACall(CompletionExecutor.IN_CALLER.submittingTo(Runnable::run));

    assertEquals(List.of("call", "outside"), seen);
  }

  @Test
  void an_executor_of_the_library_that_runs_in_the_caller_is_never_inside_a_call() {
    completeInACall(CompletionExecutor.on(Runnable::run));

    assertEquals(List.of("call", "outside"), seen);
  }

  @Test
  void a_completion_that_the_executor_rejects_runs_all_the_same_and_not_inside_the_call() {
    Executor rejecting =
        task -> {
          throw new RejectedExecutionException("full");
        };
    completeInACall(CompletionExecutor.IN_CALLER.submittingTo(rejecting));
    completeInACall(CompletionExecutor.on(rejecting));

    assertEquals(List.of("call", "outside", "call", "outside"), seen);
  }

  @Test
  void a_completion_that_the_executor_keeps_although_it_throws_runs_once() {
    List<Runnable> kept = new ArrayList<>();
    Executor keeping =
        task -> {
          kept.add(task);
          throw new RejectedExecutionException("kept");
        };
    completeInACall(CompletionExecutor.IN_CALLER.submittingTo(keeping));
    kept.forEach(Runnable::run);

    assertEquals(List.of("call", "outside"), seen);
  }

  @Test
  void a_completion_that_has_run_before_the_executor_throws_runs_once() {
    Executor throwing =
        task -> {
          task.run();
          throw new RejectedExecutionException("too late");
        };
    completeInACall(CompletionExecutor.IN_CALLER.submittingTo(throwing));

    assertEquals(List.of("call", "outside"), seen);
  }

  @Test
  void a_completion_runs_though_the_executor_finds_no_memory_for_a_thread() {
    Executor broken =
        task -> {
          throw new OutOfMemoryError("unable to create native thread");
        };
    completeInACall(CompletionExecutor.IN_CALLER.submittingTo(broken));
    completeInACall(CompletionExecutor.on(broken));

    assertEquals(List.of("call", "outside", "call", "outside"), seen);
  }

  @Test
  void a_callback_may_block_on_a_programs_executor_and_nowhere_else() {
    List<Boolean> mayNotBlock = new ArrayList<>();
    Runnable look = () -> mayNotBlock.add(Trampoline.current().isRunningWithoutBlocking());

    CompletionExecutor.IN_CALLER.run(look);
    CompletionExecutor.on(Runnable::run).run(look);
    CompletionExecutor.IN_CALLER.submittingTo(Runnable::run).run(look);

    assertEquals(List.of(true, true, false), mayNotBlock);
  }

  @Test
  void a_future_that_is_waited_for_on_an_executor_that_runs_in_the_caller_is_not_held_up() {
    CompletionExecutor completions = CompletionExecutor.IN_CALLER.submittingTo(Runnable::run);
    StreamFuture<String> other = new StreamFuture<>();
    CompletableFuture<String> joined = new CompletableFuture<>();
    completions.run(
        () -> {
          completions.run(() -> other.complete("done"));
          joined.complete(Deadline.get(other));
        });

    assertEquals("done", Deadline.get(joined));
  }

  @Test
  void a_callback_that_throws_is_logged_and_the_next_one_runs() {
    try (CapturedLog log = new CapturedLog()) {
      for (CompletionExecutor completions :
          List.of(
              CompletionExecutor.IN_CALLER,
              CompletionExecutor.on(Runnable::run),
              CompletionExecutor.IN_CALLER.submittingTo(Runnable::run))) {
        completions.run(
            () -> {
              throw new OutOfMemoryError("injected");
            });
        completions.run(this::note);
      }
      assertEquals(3, log.records().size());
    }
    assertEquals(List.of("outside", "outside", "outside"), seen);
    assertFalse(Trampoline.isInCall());
    assertTrue(!Trampoline.current().isRunning());
  }
}
