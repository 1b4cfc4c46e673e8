package io.weir.benchmarks.compare;

import java.util.List;

/**
 * A server that takes part in a load.
 *
 * @param label what the table calls it
 * @param serve the arguments of {@code serve}; for asyncio, those of its script
 */
record Entry(String label, List<String> serve) {

  private static final String ASYNCIO = "asyncio";

  static Entry of(String... serve) {
    return new Entry(String.join(" ", serve).replace("--", ""), List.of(serve));
  }

  static Entry asyncio(String work) {
    return new Entry(ASYNCIO, List.of(work));
  }

  /** The server's name, without how it is run. */
  String name() {
    return isAsyncio() ? ASYNCIO : serve.get(0);
  }

  boolean isAsyncio() {
    return label.equals(ASYNCIO);
  }
}
