package io.weir.testing;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits, but not for ever: whatever takes ten seconds has failed. */
public final class Deadline {

  /** How long anything may take. */
  public static final int LIMIT_SECONDS = 10;

  /** The same. */
  public static final Duration TIME = Duration.ofSeconds(LIMIT_SECONDS);

  private static final long POLL_NANOS = 200_000;

  private Deadline() {}

  /** The value of a future; an assertion error when it fails or does not complete. */
  public static <T> T get(Future<T> future) {
    try {
      return future.get(LIMIT_SECONDS, SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("failed instead of completing: " + e.getCause(), e.getCause());
    } catch (CancellationException | TimeoutException e) {
      throw new AssertionError("no value came: " + e, e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** What a future fails with; an assertion error when it is anything else than this kind. */
  public static <E extends Throwable> E failure(Class<E> kind, Future<?> future) {
    Throwable failure = failure(future);
    if (!kind.isInstance(failure)) {
      throw new AssertionError("expected " + kind.getName() + ", got " + failure, failure);
    }
    return kind.cast(failure);
  }

  private static Throwable failure(Future<?> future) {
    try {
      Object value = future.get(LIMIT_SECONDS, SECONDS);
      throw new AssertionError("completed with " + value + " instead of failing");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      return cause instanceof CompletionException && cause.getCause() != null
          ? cause.getCause()
          : cause;
    } catch (CancellationException e) {
      return e;
    } catch (TimeoutException e) {
      throw new AssertionError("neither completed nor failed: " + future, e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Waits until a condition holds. */
  public static void await(String condition, BooleanSupplier holds) {
    long end = System.nanoTime() + SECONDS.toNanos(LIMIT_SECONDS);
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("never came true: " + condition);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private static AssertionError interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new AssertionError("interrupted while waiting", e);
  }
}
