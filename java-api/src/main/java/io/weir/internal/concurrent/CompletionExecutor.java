package io.weir.internal.concurrent;

import java.util.concurrent.Executor;

/**
 * Completes futures where their callbacks belong: on the thread of the connection's channel, or on
 * a program's executor, and never inside a call of the library. Everything that runs users' code
 * goes through here.
 */
public abstract class CompletionExecutor {

  /**
   * Completes on the calling thread, at the end of its outermost call. For streams without a thread
   * of their own: hand-fed readers, and memory channels.
   */
  public static final CompletionExecutor IN_CALLER =
      new CompletionExecutor() {
        @Override
        public void run(Runnable completion) {
          StackRoom.requireForJdkCall(); // for exit(), which may submit it to a pool
          Trampoline.current().run(completion);
        }
      };

  /**
   * Runs a completion soon. Throws nothing but a StackOverflowError.
   *
   * @throws StackOverflowError when the stack is full; the completion may be lost
   */
  public abstract void run(Runnable completion);

  /**
   * Runs a step of the library on the same thread, after the work that is ready there, so that many
   * steps do not delay that work.
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
   * Completes on a program's executor. Tasks are submitted on the thread of this executor. So an
   * executor that runs tasks on the submitting thread does not run them inside a call either. A
   * rejected task runs on the submitting thread.
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
    SubmittedTask task = null;
    try {
      task = new SubmittedTask(() -> Trampoline.current().runOnExecutor(completion));
      executor.execute(task);
    } catch (Throwable rejected) { // or no thread could be started, which is an Error
      if (task == null || task.withdraw()) {
        completion.run();
      }
    }
  }
}
