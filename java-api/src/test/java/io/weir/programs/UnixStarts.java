package io.weir.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.weir.AsyncStreams;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.testing.Deadline;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/**
 * A program that starts servers, some as soon as another file is there, and says what came of each.
 * Arguments: the directory of all files, how many rounds, and how many starts in each.
 */
public final class UnixStarts {

  private UnixStarts() {}

  /** Starts servers. */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    int rounds = Integer.parseInt(args[1]);
    int starts = Integer.parseInt(args[2]);
    warmUp(directory);
    System.out.println("ready");
    for (int round = 0; round < rounds; round++) {
      Path go = directory.resolve("go" + round);
      Deadline.await(go.toString(), () -> Files.exists(go));
      Path path = directory.resolve("s" + round);
      Stream.generate(() -> start(path)).limit(starts).toList().stream()
          .map(UnixStarts::outcome)
          .forEach(System.out::println);
    }
    new CompletableFuture<Void>().join(); // until it is ended
  }

  private static String outcome(CompletableFuture<Server> starting) {
    return starting.handle((server, error) -> error == null ? "serving" : textOf(error)).join();
  }

  private static String textOf(Throwable error) {
    return (error instanceof CompletionException ? error.getCause() : error).getMessage();
  }

  /** So that all start at the same speed. */
  private static void warmUp(Path directory) {
    for (int i = 0; i < 20; i++) {
      start(directory.resolve("warm" + ProcessHandle.current().pid())).join().close();
    }
  }

  private static CompletableFuture<Server> start(Path path) {
    return AsyncStreams.startUnixServer(
        (reader, writer) -> {
          writer.write("hello".getBytes(US_ASCII));
          writer.close();
          return writer.waitClosed();
        },
        path,
        // A start that is refused has looked whether somebody answers, and gone again.
        ServerOptions.DEFAULTS.withErrorListener((stage, peer, error) -> {}));
  }
}
