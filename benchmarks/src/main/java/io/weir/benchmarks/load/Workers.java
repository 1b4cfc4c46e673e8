package io.weir.benchmarks.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The threads that make a load, each with its tally. */
final class Workers implements AutoCloseable {

  /** Runs a load until the clock is stopped. */
  interface Worker {
    void run(Tally tally) throws IOException;
  }

  private final Clock clock;
  private final List<CompletableFuture<Tally>> tallies = new ArrayList<>();

  private Workers(Clock clock) {
    this.clock = clock;
  }

  /** Connects, and starts the load. */
  static Workers start(LoadPlan plan, Clock clock) throws Exception {
    List<Worker> workers = plan.tls() ? TlsLoad.connect(plan) : List.of(SelectorLoad.connect(plan));
    Workers started = new Workers(clock);
    workers.forEach(started::start);
    return started;
  }

  private void start(Worker worker) {
    CompletableFuture<Tally> tally = new CompletableFuture<>();
    tallies.add(tally);
    Thread thread = new Thread(() -> run(worker, tally), "load-" + tallies.size());
    thread.setDaemon(true);
    thread.start();
  }

  private void run(Worker worker, CompletableFuture<Tally> done) {
    Tally tally = new Tally(clock);
    try {
      worker.run(tally);
      done.complete(tally);
    } catch (Throwable failed) { // whatever it is, the counts are worthless
      done.completeExceptionally(failed);
    }
  }

  /** Waits for all threads, and returns the sum of their counts. */
  Tally sum() throws IOException {
    Tally sum = new Tally(clock);
    for (CompletableFuture<Tally> tally : tallies) {
      try {
        tally.join().addTo(sum);
      } catch (CompletionException e) {
        throw new IOException("the load failed: " + e.getCause(), e);
      }
    }
    return sum;
  }

  @Override
  public void close() {
    clock.stop();
  }
}
