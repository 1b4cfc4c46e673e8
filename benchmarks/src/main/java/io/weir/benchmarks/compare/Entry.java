package io.weir.benchmarks.compare;

import io.weir.benchmarks.server.Contender;
import java.nio.file.Path;
import java.util.List;

/**
 * A server that takes part in a load.
 *
 * @param label its name in the table
 * @param serve the arguments of {@code serve}; for asyncio, those of its script
 * @param baseline the jars of the other build of Weir that it runs on; none for the current build
 */
record Entry(String label, List<String> serve, List<Path> baseline) {

  private static final String ASYNCIO = "asyncio";
  private static final String ON_BASELINE = " (baseline)";

  static Entry of(String... serve) {
    return new Entry(String.join(" ", serve).replace("--", ""), List.of(serve), List.of());
  }

  static Entry asyncio(String work) {
    return new Entry(ASYNCIO, List.of(work), List.of());
  }

  /** Returns the same server on another build. */
  Entry on(Baseline other) {
    return new Entry(label + ON_BASELINE, serve, other.jars());
  }

  boolean isOnBaseline() {
    return !baseline.isEmpty();
  }

  /** Returns the label of the same server on the current build. */
  String currentLabel() {
    return isOnBaseline() ? label.substring(0, label.length() - ON_BASELINE.length()) : label;
  }

  /** Returns the server's name, without its options. */
  String name() {
    return isAsyncio() ? ASYNCIO : serve.get(0);
  }

  boolean hasOptions(List<String> options) {
    return serve.subList(1, serve.size()).equals(options);
  }

  boolean isAsyncio() {
    return label.equals(ASYNCIO);
  }

  /** Returns the server's kind. Must not be called for asyncio, which has none. */
  Contender contender() {
    return Contender.of(name());
  }
}
