package io.weir.programs;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.Decoders;
import io.weir.Server;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.testing.GarbageCollection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a loop of the library for many rounds, and prints the heap after each part of them. The
 * arguments: a {@link Loop}, a {@link Callbacks}, a {@link Stages}, the number of rounds.
 */
public final class FlatLoops {

  /** How many times the heap is printed: often enough for the deadline of a line. */
  public static final int PARTS = 40;

  private static final int PIECE = 8192; // bytes
  private static final int LIMIT_MINUTES = 20;

  private FlatLoops() {}

  /** The loops. */
  public enum Loop {
    LOOP,
    FOR_EACH,
    FOR_EACH_CHUNK
  }

  /** The callback executors of a connection. */
  public enum Callbacks {
    NONE,
    ONE_THREAD,
    SEVERAL_THREADS,
    VIRTUAL_THREADS,
    IN_SUBMITTER;

    /** Whether this JDK has it. */
    public boolean exists() {
      return this != VIRTUAL_THREADS || Runtime.version().feature() >= 21;
    }

    private @Nullable Executor open() throws ReflectiveOperationException {
      return switch (this) {
        case NONE -> null;
        case ONE_THREAD -> Executors.newSingleThreadExecutor(FlatLoops::daemon);
        case SEVERAL_THREADS -> Executors.newFixedThreadPool(3, FlatLoops::daemon);
        case VIRTUAL_THREADS ->
            (Executor) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        case IN_SUBMITTER -> Runnable::run;
      };
    }
  }

  /** How the stages of the rounds complete. */
  public enum Stages {
    COMPLETED,
    COMPLETED_LATER
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    return thread;
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[3]);
    int part = rounds / PARTS;
    long start = System.nanoTime();
    run(
        Loop.valueOf(arguments[0]),
        Callbacks.valueOf(arguments[1]),
        Stages.valueOf(arguments[2]),
        rounds,
        round -> {
          if (round % part == 0) {
            System.out.println("heap " + GarbageCollection.heap());
          }
        });
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    System.out.println("rounds " + rounds + ", milliseconds " + millis);
  }

  /**
   * Runs a loop.
   *
   * @param onRound receives the number of each round, from 1
   * @return the number of rounds
   */
  public static int run(
      Loop loop, Callbacks callbacks, Stages stages, int rounds, IntConsumer onRound)
      throws Exception {
    Executor executor = callbacks.open();
    ExecutorService another = Executors.newSingleThreadExecutor(FlatLoops::daemon);
    Executor later = executor == null ? another : executor;
    int[] done = new int[1];
    Supplier<CompletableFuture<Boolean>> round =
        () -> {
          boolean more = ++done[0] < rounds;
          onRound.accept(done[0]);
          return stages == Stages.COMPLETED
              ? CompletableFuture.completedFuture(more)
              : CompletableFuture.supplyAsync(() -> more, later);
        };
    try {
      if (loop == Loop.LOOP) {
        await(AsyncStreams.loop(round));
      } else {
        read(loop, executor, rounds, round);
      }
    } finally {
      another.shutdown();
      if (executor instanceof ExecutorService service) {
        service.shutdown();
      }
    }
    return done[0];
  }

  /** Reads a byte in each round, from a server that sends as many as there are rounds. */
  private static void read(
      Loop loop,
      @Nullable Executor executor,
      int rounds,
      Supplier<CompletableFuture<Boolean>> round)
      throws Exception {
    ConnectOptions options =
        executor == null
            ? ConnectOptions.DEFAULTS
            : ConnectOptions.DEFAULTS.withCallbackExecutor(executor);
    try (Server server = await(AsyncStreams.startServer(sending(rounds), "127.0.0.1", 0));
        StreamConnection connection =
            await(AsyncStreams.openConnection("127.0.0.1", server.port(), options))) {
      StreamReader reader = connection.reader();
      await(
          loop == Loop.FOR_EACH
              ? reader.forEach(Decoders.int8(), value -> round.get())
              : reader.forEachChunk(1, chunk -> round.get()));
    }
  }

  private static ConnectionHandler sending(int bytes) {
    Stream<byte[]> pieces =
        IntStream.rangeClosed(0, bytes / PIECE)
            .mapToObj(index -> new byte[Math.min(PIECE, bytes - index * PIECE)]);
    return (reader, writer) -> writer.writeAll(pieces).thenRun(writer::close);
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(LIMIT_MINUTES, TimeUnit.MINUTES);
  }
}
