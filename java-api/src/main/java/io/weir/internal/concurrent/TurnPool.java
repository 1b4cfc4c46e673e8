package io.weir.internal.concurrent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Supplier;

/**
 * Runs calls that block for an unknown time and cannot be interrupted, a few at a time. When the
 * future that needs a call is done, because of a timeout for example, the call loses its turn. It
 * still occupies its thread, so the pool has one more thread until the call returns.
 */
public final class TurnPool {

  private final ThreadPoolExecutor pool;
  private final int turns;
  private final int maxThreads;

  /** The number of calls that have lost their turn and have not returned. */
  @GuardedBy("this")
  private int abandoned;

  /**
   * Creates a pool.
   *
   * @param pool runs the calls; its core size is the number of turns
   * @param maxThreads the maximum number of threads, for turns and for abandoned calls
   */
  public TurnPool(ThreadPoolExecutor pool, int maxThreads) {
    this.pool = pool;
    this.turns = pool.getCorePoolSize();
    this.maxThreads = maxThreads;
    pool.setMaximumPoolSize(maxThreads);
  }

  /**
   * Runs a call when a turn is free.
   *
   * @param needed the future that needs the call; when it is done before the call starts, the call
   *     is dropped
   * @param call blocks, and returns the action to run after its turn; must not throw
   */
  public void execute(CompletableFuture<?> needed, Supplier<Runnable> call) {
    Turn turn = new Turn(call); // allocated here, because the pool's thread may have no memory
    needed.whenComplete((done, error) -> turn.abandon());
    pool.execute(turn);
  }

  /** Changes the number of abandoned calls, and of threads, by one. */
  @GuardedBy("this")
  private void abandoned(int more) {
    abandoned += more;
    pool.setCorePoolSize(Math.min(maxThreads, turns + abandoned));
  }

  /**
   * One call that the pool runs, or drops before it has started.
   *
   * <pre>
   *              run()             end()
   *   WAITING ----------&gt; RUNNING --------&gt; RETURNED
   *      |                   |                 ^
   *      | abandon()         | abandon()       | end()
   *      v                   v                 |
   *   DROPPED            ABANDONED ------------+
   * </pre>
   */
  private final class Turn implements Runnable {

    private enum State {
      WAITING,
      RUNNING,
      ABANDONED,
      DROPPED,
      RETURNED
    }

    private final Supplier<Runnable> call;

    @GuardedBy("TurnPool.this")
    private State state = State.WAITING;

    Turn(Supplier<Runnable> call) {
      this.call = call;
    }

    @Override
    public void run() {
      synchronized (TurnPool.this) {
        if (state == State.DROPPED) {
          return;
        }
        state = State.RUNNING;
      }
      Runnable next;
      try {
        next = call.get();
      } finally {
        end();
      }
      next.run();
    }

    void abandon() {
      StackRoom.requireForJdkCall(); // the pool's lock
      synchronized (TurnPool.this) {
        if (state == State.WAITING) {
          state = State.DROPPED;
        } else if (state == State.RUNNING) {
          state = State.ABANDONED;
          abandoned(1);
        }
      }
    }

    private void end() {
      synchronized (TurnPool.this) {
        if (state == State.ABANDONED) {
          abandoned(-1);
        }
        state = State.RETURNED;
      }
    }
  }
}
