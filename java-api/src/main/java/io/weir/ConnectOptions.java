package io.weir;

import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * How to connect. Immutable: each {@code with} method returns changed options.
 *
 * <pre>{@code
 * AsyncStreams.openConnection("localhost", 8888, ConnectOptions.DEFAULTS.withLimit(1024 * 1024));
 * }</pre>
 */
public final class ConnectOptions {

  /** A limit of 64 KiB, futures that complete on the I/O thread, no TLS. */
  public static final ConnectOptions DEFAULTS =
      new ConnectOptions(StreamReader.DEFAULT_LIMIT, /* callbackExecutor= */ null, /* tls= */ null);

  private final int limit;
  private final @Nullable Executor callbackExecutor;
  private final @Nullable TlsOptions tls;

  private ConnectOptions(int limit, @Nullable Executor callbackExecutor, @Nullable TlsOptions tls) {
    this.limit = limit;
    this.callbackExecutor = callbackExecutor;
    this.tls = tls;
  }

  /** The reader's limit, in bytes. */
  public int limit() {
    return limit;
  }

  /**
   * Sets the reader's limit: how long a line can be, and half of what is buffered at most.
   *
   * @param bytes the limit, more than 0
   */
  public ConnectOptions withLimit(int bytes) {
    return new ConnectOptions(Check.positive("limit", bytes), callbackExecutor, tls);
  }

  /** Where futures complete; null for the I/O thread. */
  public @Nullable Executor callbackExecutor() {
    return callbackExecutor;
  }

  /**
   * Lets futures that had to wait complete on an executor, so that what depends on them may block.
   * One that refuses a task (as it has been shut down) has it run on the I/O thread.
   *
   * @param executor where to complete them
   */
  public ConnectOptions withCallbackExecutor(Executor executor) {
    return new ConnectOptions(limit, Objects.requireNonNull(executor, "executor"), tls);
  }

  /** How to speak TLS; null for not at all. */
  public @Nullable TlsOptions tls() {
    return tls;
  }

  /**
   * Speaks TLS from the first byte: the connection is handed over when hands have been shaken. The
   * server's certificate must have the name of the host that is dialled; where none is, as on a
   * Unix socket, the options must say which.
   *
   * <p>asyncio: {@code ssl=}.
   *
   * @param options how to speak it
   */
  public ConnectOptions withTls(TlsOptions options) {
    return new ConnectOptions(limit, callbackExecutor, Objects.requireNonNull(options, "options"));
  }

  @Override
  public String toString() {
    return "ConnectOptions[limit="
        + limit
        + ", callbackExecutor="
        + callbackExecutor
        + ", tls="
        + tls
        + "]";
  }
}
