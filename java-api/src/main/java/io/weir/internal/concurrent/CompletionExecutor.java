package io.weir.internal.concurrent;

import java.util.concurrent.Executor;

/**
 * Completes futures where their callbacks belong: on the thread of the connection's channel, or on
 * a program's executor, and never inside a call of the library. Everything that runs users' code
 * goes through here.
 */
public abstract class CompletionExecutor {

  /**
   * Completes in the calling thread, at the end of its outermost call. For what has no thread of
   * its own: hand-fed readers, and memory channels.
   */
  public static final CompletionExecutor IN_CALLER =
      new CompletionExecutor() {
        @Override
        public void run(Runnable completion) {
          StackRoom.requireForJdkCall(); // for the end of the call, where another thread may run it
          Trampoline.current().run(completion);
        }
      };

  /**
   * Runs a completion, soon, whatever happens.
   *
   * @throws StackOverflowError when the stack is full, and nothing else; the completion may not run
   */
  public abstract void run(Runnable completion);

  /**
   * Runs a step of the library on the same thread, behind what is ready there, so that a long piece
   * of work holds up nothing else.
   */
  public void runLater(Runnable step) {
    run(step);
  }

  /** Completes on an executor of the library, which may have several threads. */
  public static CompletionExecutor on(Executor executor) {
    return new CompletionExecutor() {
      @Override
      public void run(Runnable completion) {
        runOn(executor, completion);
      }
    };
  }

  /**
   * Completes on a program's executor. Tasks are submitted where this executor completes, so that
   * an executor that runs tasks in the submitting thread does not run them inside a call either. A
   * task that the executor rejects runs here.
   */
  public final CompletionExecutor submittingTo(Executor executor) {
    CompletionExecutor submitter = this;
    return new CompletionExecutor() {
      @Override
      public void run(Runnable completion) {
        submitter.run(() -> submit(executor, completion));
      }
    };
  }

  /** Submits a completion to an executor of the library. */
  protected static void runOn(Executor executor, Runnable completion) {
    try {
      executor.execute(() -> Trampoline.current().run(completion));
    } catch (StackOverflowError full) { // this thread has no room to run it either
      throw full;
    } catch (Throwable noMemory) { // or no thread could be started, see docs/memory.md
      Trampoline.current().run(completion);
    }
  }

  private static void submit(Executor executor, Runnable completion) {
    try {
      executor.execute(() -> Trampoline.current().runOnExecutor(completion));
    } catch (Throwable rejected) { // or no thread could be started, which is an Error
      completion.run();
    }
  }
}
