package io.weir.internal.tls;

import io.weir.internal.concurrent.Timers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * The resources that TLS channels share.
 *
 * @param timers schedules the timeouts
 * @param tasks runs the tasks of the TLS engines
 * @param completions runs what follows a task
 * @param buffers supplies buffers for ciphertext
 */
public record TlsEnvironment(
    Timers timers, TaskRunner tasks, Executor completions, BufferPool buffers) {

  /** Runs the tasks of TLS engines, which may block: a trust manager may ask a server. */
  @FunctionalInterface
  public interface TaskRunner {

    /**
     * Runs a task.
     *
     * @param needed the future that needs the task. When it is done, the task does not start, or
     *     holds up no other
     */
    void run(CompletableFuture<?> needed, Runnable task);
  }
}
