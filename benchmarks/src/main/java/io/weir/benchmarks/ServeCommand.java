package io.weir.benchmarks;

import io.weir.benchmarks.server.Contender;
import io.weir.benchmarks.server.Dispatcher;
import io.weir.benchmarks.server.LibrarySource;
import io.weir.benchmarks.server.RunningServer;
import io.weir.benchmarks.server.Setup;
import io.weir.benchmarks.server.Tls;
import io.weir.benchmarks.server.TlsProvider;
import io.weir.benchmarks.server.Work;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs one server until the process is terminated. */
@Command(
    name = "serve",
    description = {
      "Runs one server until the process is terminated.",
      "For each line 'memory' on standard input it prints the bytes of memory in use."
    })
final class ServeCommand implements Callable<Integer> {

  @Parameters(paramLabel = "NAME", description = "${COMPLETION-CANDIDATES}")
  private @Nullable Contender contender;

  @Option(names = "--port", description = "Port to listen on; default: 0, any free port.")
  private int port;

  @Option(names = "--threads", description = "I/O threads; default: ${DEFAULT-VALUE}")
  private int threads = 1;

  @Option(names = "--sink", description = "Discards incoming data instead of sending it back.")
  private boolean sink;

  @Option(
      names = "--forward-to",
      paramLabel = "PORT",
      description = "Forwards incoming data to this local port instead of sending it back.")
  private int forwardTo;

  @Option(
      names = "--dispatcher",
      description = "For handlers in Kotlin: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
  private Dispatcher dispatcher = Dispatcher.UNCONFINED;

  @ArgGroup(exclusive = false)
  private @Nullable TlsArguments tls;

  /** The options of TLS. */
  static final class TlsArguments {

    @Option(names = "--tls", required = true, description = "Uses TLS 1.3.")
    @SuppressWarnings("unused") // picocli creates the group when the option is present
    private boolean wanted;

    @Option(
        names = "--tls-cert",
        required = true,
        paramLabel = "FILE",
        description = "Certificate, in PEM.")
    private @Nullable Path certificate;

    @Option(names = "--tls-key", required = true, paramLabel = "FILE", description = "Key, in PEM.")
    private @Nullable Path key;

    @Option(
        names = "--tls-provider",
        description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
    private TlsProvider provider = TlsProvider.JDK;

    Tls files() {
      return new Tls(Objects.requireNonNull(certificate), Objects.requireNonNull(key), provider);
    }
  }

  @Override
  public Integer call() throws Exception {
    Contender wanted = Objects.requireNonNull(contender);
    Work work = sink ? Work.SINK : forwardTo > 0 ? Work.FORWARD : wanted.work();
    Tls files = tls == null ? null : tls.files();
    RunningServer server =
        wanted.start(new Setup(port, threads, work, files, forwardTo, dispatcher));
    LibrarySource.print(wanted, System.out);
    System.out.println(
        "Serving %s on port %d, process %d"
            .formatted(wanted, server.port(), ProcessHandle.current().pid()));
    answerQuestions();
    Thread.currentThread().join(); // standard input has closed, but the server runs
    return 0;
  }

  private static void answerQuestions() throws IOException, InterruptedException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.equals("memory")) {
        System.out.println("memory: " + MemoryInUse.bytes());
      }
    }
  }
}
