package io.weir.internal.tls;

import io.weir.internal.concurrent.Timers;
import java.util.concurrent.Executor;

/**
 * The resources that TLS channels share.
 *
 * @param timers schedules the timeouts
 * @param tasks runs the tasks of the TLS engines, which may block
 * @param completions runs what follows a task
 * @param buffers supplies buffers for ciphertext
 */
public record TlsEnvironment(
    Timers timers, Executor tasks, Executor completions, BufferPool buffers) {}
