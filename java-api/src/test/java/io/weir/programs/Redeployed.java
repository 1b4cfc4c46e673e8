package io.weir.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.RuntimeOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** An application in a class loader of its own, which uses everything and then stops. */
public final class Redeployed {

  /** What the threads of its own runtime are named after. */
  public static final String NAMES = "redeployed";

  /** What it has used last, which its classes hold. */
  private static final List<Object> USED = new CopyOnWriteArrayList<>();

  private Redeployed() {}

  /**
   * Uses a runtime of its own, and closes it with a connection and a server still open.
   *
   * @param directory has the PEM files of a certificate for localhost, its key and its authority
   */
  public static void useOwnRuntime(Path directory) throws Exception {
    use(RuntimeOptions.DEFAULTS, directory);
  }

  /** Does the same, with TCP on the channels of the JDK. */
  public static void useOwnRuntimeOnChannelsOfTheJdk(Path directory) throws Exception {
    use(
        RuntimeOptions.DEFAULTS.withChannelProvider(AsynchronousChannelProvider.provider()),
        directory);
  }

  private static void use(RuntimeOptions options, Path directory) throws Exception {
    RuntimeOptions own = options.withThreadNames(NAMES).withCallbackExecutor(task -> task.run());
    try (AsyncRuntime runtime = AsyncRuntime.create(own)) {
      use(runtime, directory, /* leavesOpen= */ true);
    }
  }

  /** Uses the shared runtime, and closes its own connections and servers. */
  public static void useSharedRuntime(Path directory) throws Exception {
    use(AsyncRuntime.shared(), directory, /* leavesOpen= */ false);
  }

  private static void use(AsyncRuntime runtime, Path directory, boolean leavesOpen)
      throws Exception {
    Path authority = directory.resolve("authority.pem");
    TlsOptions ofServer =
        TlsOptions.fromPem(directory.resolve("chain.pem"), directory.resolve("key.pem"));
    ConnectionHandler echo =
        (reader, writer) ->
            reader
                .forEachLine(
                    line -> {
                      writer.write(line);
                      return writer.drain();
                    })
                .thenRun(writer::close);
    ServerOptions serving =
        ServerOptions.DEFAULTS
            .withRuntime(runtime)
            .withReadTimeout(Duration.ofMinutes(1))
            .withErrorListener((stage, peer, error) -> USED.add(error))
            .withCallbackExecutor(task -> task.run());
    ConnectOptions connecting =
        ConnectOptions.DEFAULTS
            .withRuntime(runtime)
            .withConnectTimeout(Duration.ofMinutes(1))
            .withCallbackExecutor(task -> task.run());
    Server tls =
        AsyncStreams.startServer(echo, "localhost", 0, serving.withTls(ofServer))
            .get(10, TimeUnit.SECONDS);
    Path path = directory.resolve("s");
    Server unix = AsyncStreams.startUnixServer(echo, path, serving).get(10, TimeUnit.SECONDS);
    int port = tls.port();
    StreamConnection overTls =
        AsyncStreams.openConnection(
                "localhost", port, connecting.withTls(TlsOptions.trusting(authority)))
            .get(10, TimeUnit.SECONDS);
    StreamConnection overUnix =
        AsyncStreams.openUnixConnection(path, connecting).get(10, TimeUnit.SECONDS);
    USED.addAll(List.of(tls, unix, overTls, overUnix));
    for (StreamConnection connection : List.of(overTls, overUnix)) {
      connection.writer().write("hello\n".getBytes(US_ASCII));
      connection.reader().readLine().get(10, TimeUnit.SECONDS);
    }
    overUnix.close();
    overUnix.writer().waitClosed().get(10, TimeUnit.SECONDS);
    unix.shutdown(Duration.ofSeconds(10)).get(10, TimeUnit.SECONDS);
    if (!leavesOpen) {
      overTls.closeGracefully(Duration.ofSeconds(10)).get(10, TimeUnit.SECONDS);
      tls.shutdown(Duration.ofSeconds(10)).get(10, TimeUnit.SECONDS);
    }
  }
}
