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
import org.jspecify.annotations.Nullable;

/**
 * One server under one load in one round. Server and client run in separate processes: the server
 * from the first window until the trial is closed, like the client. When memory is measured, each
 * window has a new server, because closed connections leave memory in use.
 */
final class Trial implements AutoCloseable {

  private static final String SERVES = "Serving ";
  private static final String MEMORY = "memory";
  private static final String LONG_ENOUGH = "3600"; // the client is terminated earlier

  private final Tls tls;
  private final Timing timing;
  private final Load load;
  private final Entry entry;
  private @Nullable Child server;
  private @Nullable Child sink; // to which the server forwards
  private @Nullable Child client;
  private String port = "";

  /**
   * Prepares a trial.
   *
   * @param tls the server's certificate, where it speaks TLS
   */
  Trial(Tls tls, Timing timing, Load load, Entry entry) {
    this.tls = tls;
    this.timing = timing;
    this.load = load;
    this.entry = entry;
  }

  Entry entry() {
    return entry;
  }

  /** Runs one window. Server and client of the first window stay for the others. */
  Outcome window() throws IOException {
    if (load.metric() == Metric.MEMORY) {
      close();
    }
    Child running = server;
    if (running == null) {
      running = start();
    }
    return load.metric() == Metric.MEMORY ? memory(running, arguments()) : speed(running);
  }

  private Child start() throws IOException {
    Child started = serve();
    server = started;
    if (entry.isOnBaseline()) {
      requireBaseline(started);
    }
    port = portOf(started);
    return started;
  }

  private static String portOf(Child started) throws IOException {
    return started.lineAfter(SERVES).replaceAll(".* on port (\\d+),.*", "$1");
  }

  /** Terminates the server and the client. */
  @Override
  public void close() {
    close(client);
    close(server);
    close(sink);
    client = null;
    server = null;
    sink = null;
  }

  private static void close(@Nullable Child child) {
    if (child != null) {
      child.close();
    }
  }

  private Child serve() throws IOException {
    List<String> arguments = new ArrayList<>(entry.serve());
    if (entry.isAsyncio()) {
      arguments.addAll(0, List.of("python3", "-c", asyncioScript()));
      return Child.start(Child.Core.SERVER, arguments);
    }
    arguments.add(0, "serve");
    if (load.isForwarded()) {
      Child drops = Child.java(Child.Core.LOAD, List.of("serve", "jdk-nio", "--sink"));
      sink = drops;
      arguments.addAll(List.of("--forward-to", portOf(drops)));
    }
    if (load.hasTls()) {
      arguments.addAll(List.of("--tls", "--tls-cert", tls.certificate().toString()));
      arguments.addAll(List.of("--tls-key", tls.key().toString()));
    }
    return Child.java(Child.Core.SERVER, entry.baseline(), arguments);
  }

  /** Throws an exception unless the process has loaded the library from the baseline. */
  private void requireBaseline(Child started) throws IOException {
    for (Class<?> type : entry.contender().library()) {
      Path source = Path.of(started.lineAfter(LibrarySource.lineStart(type)));
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

  private List<String> arguments() {
    List<String> arguments = new ArrayList<>(List.of("load", "--port", port));
    arguments.addAll(load.arguments());
    return arguments;
  }

  private Outcome speed(Child running) throws IOException {
    Child measuring = client;
    if (measuring == null) {
      measuring = startClient(running);
    } else {
      measuring.send(timing.warmup(false) + " " + timing.seconds());
    }
    Measured measured = Measured.parse(measuring.linesUpTo(Measured.LAST_LINE));
    return new Outcome(
        load.metric().of(measured), measured.perSecond(), measured.p50(), measured.p99());
  }

  private Child startClient(Child running) throws IOException {
    List<String> arguments = arguments();
    arguments.addAll(List.of("--again", "--server-pid", Long.toString(running.pid())));
    arguments.addAll(List.of("--warmup", Double.toString(timing.warmup(true))));
    arguments.addAll(List.of("--seconds", Double.toString(timing.seconds())));
    Child started = Child.java(Child.Core.LOAD, arguments);
    client = started;
    return started;
  }

  private static Outcome memory(Child running, List<String> arguments) throws IOException {
    long before = memory(running);
    arguments.addAll(List.of("--seconds", LONG_ENOUGH));
    try (Child idle = Child.java(Child.Core.LOAD, arguments)) {
      idle.lineAfter(IdleLoad.OPEN);
      double each = (double) (memory(running) - before) / Metric.IDLE_CONNECTIONS;
      return new Outcome(each, Double.NaN, Double.NaN, Double.NaN);
    }
  }

  private static long memory(Child running) throws IOException {
    running.send(MEMORY);
    return Long.parseLong(running.lineAfter(MEMORY + ": "));
  }
}
