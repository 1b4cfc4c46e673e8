package io.weir.benchmarks.compare;

import io.weir.benchmarks.load.IdleLoad;
import io.weir.benchmarks.load.Measured;
import io.weir.benchmarks.server.LibrarySource;
import io.weir.benchmarks.server.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Runs one server under one load, each in a new process.
 *
 * @param tls the server's certificate, where it speaks TLS
 * @param warmup seconds before it counts
 * @param seconds seconds that count
 */
record Trial(Tls tls, double warmup, double seconds) {

  private static final String SERVES = "Serving ";
  private static final String MEMORY = "memory";
  private static final String LONG_ENOUGH = "3600"; // it is ended before

  Outcome run(Load load, Entry entry) throws IOException {
    try (Child server = serve(load, entry)) {
      if (entry.isOnBaseline()) {
        requireBaseline(server, entry);
      }
      String port = server.lineAfter(SERVES).replaceAll(".* on port (\\d+),.*", "$1");
      return load.metric() == Metric.MEMORY
          ? memory(server, arguments(load, port))
          : speed(load, server, arguments(load, port));
    }
  }

  private Child serve(Load load, Entry entry) throws IOException {
    List<String> arguments = new ArrayList<>(entry.serve());
    if (entry.isAsyncio()) {
      arguments.addAll(0, List.of("python3", "-c", asyncioScript()));
      return Child.start(Child.Core.SERVER, arguments);
    }
    arguments.add(0, "serve");
    if (load.hasTls()) {
      arguments.addAll(List.of("--tls", "--tls-cert", tls.certificate().toString()));
      arguments.addAll(List.of("--tls-key", tls.key().toString()));
    }
    return Child.java(Child.Core.SERVER, entry.baseline(), arguments);
  }

  /** Throws an exception unless the process has loaded the library from the baseline. */
  private static void requireBaseline(Child server, Entry entry) throws IOException {
    for (Class<?> type : entry.contender().library()) {
      Path source = Path.of(server.lineAfter(LibrarySource.lineStart(type)));
      if (!entry.baseline().contains(source)) {
        throw new IllegalStateException(
            "%s has loaded %s from %s instead of the baseline %s"
                .formatted(entry.label(), type.getName(), source, entry.baseline()));
      }
    }
  }

  private static String asyncioScript() throws IOException {
    try (InputStream script = Trial.class.getResourceAsStream("/asyncio_echo.py")) {
      return new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static List<String> arguments(Load load, String port) {
    List<String> arguments = new ArrayList<>(List.of("load", "--port", port));
    arguments.addAll(load.arguments());
    return arguments;
  }

  private Outcome speed(Load load, Child server, List<String> arguments) throws IOException {
    arguments.addAll(List.of("--server-pid", Long.toString(server.pid())));
    arguments.addAll(List.of("--warmup", Double.toString(warmup)));
    arguments.addAll(List.of("--seconds", Double.toString(seconds)));
    try (Child client = Child.java(Child.Core.LOAD, arguments)) {
      Measured measured = Measured.parse(client.lines());
      return new Outcome(
          load.metric().of(measured), measured.perSecond(), measured.p50(), measured.p99());
    }
  }

  private static Outcome memory(Child server, List<String> arguments) throws IOException {
    long before = memory(server);
    arguments.addAll(List.of("--seconds", LONG_ENOUGH));
    try (Child client = Child.java(Child.Core.LOAD, arguments)) {
      client.lineAfter(IdleLoad.OPEN);
      double each = (double) (memory(server) - before) / Metric.IDLE_CONNECTIONS;
      return new Outcome(each, Double.NaN, Double.NaN, Double.NaN);
    }
  }

  private static long memory(Child server) throws IOException {
    server.tell(MEMORY);
    return Long.parseLong(server.lineAfter(MEMORY + ": "));
  }
}
