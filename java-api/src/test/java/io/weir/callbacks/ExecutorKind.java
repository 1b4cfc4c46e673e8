package io.weir.callbacks;

import io.weir.ConnectOptions;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;

/** The executors that programs give to Weir for callbacks. */
enum ExecutorKind {

  /** No executor: callbacks run on the connection's I/O thread. */
  IO_THREAD,
  ONE_THREAD,
  TWO_THREADS,
  FORK_JOIN_POOL,

  /** A new virtual thread for each task; needs JDK 21. */
  VIRTUAL_THREADS,

  /** {@code Runnable::run}. */
  IN_PLACE;

  /** Returns those that this JDK has. */
  static List<ExecutorKind> available() {
    return Arrays.stream(values())
        .filter(each -> each != VIRTUAL_THREADS || Runtime.version().feature() >= 21)
        .toList();
  }

  /** Creates the executor. */
  Open open() {
    return switch (this) {
      case IO_THREAD -> new Open(null, () -> {});
      case ONE_THREAD -> service(Executors.newSingleThreadExecutor());
      case TWO_THREADS -> service(Executors.newFixedThreadPool(2));
      case FORK_JOIN_POOL -> service(new ForkJoinPool(4));
      case VIRTUAL_THREADS -> service(virtualThreads());
      case IN_PLACE -> new Open(Runnable::run, () -> {});
    };
  }

  private static Open service(ExecutorService service) {
    return new Open(service, service::shutdownNow);
  }

  private static ExecutorService virtualThreads() {
    try {
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("JDK 21 has virtual threads", e);
    }
  }

  /**
   * An executor in use.
   *
   * @param executor null for none
   * @param stop stops its threads
   */
  record Open(@Nullable Executor executor, Runnable stop) implements AutoCloseable {

    /** Adds the executor to options. */
    ConnectOptions with(ConnectOptions options) {
      return executor == null ? options : options.withCallbackExecutor(executor);
    }

    @Override
    public void close() {
      stop.run();
    }
  }
}
