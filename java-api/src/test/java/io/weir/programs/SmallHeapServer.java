package io.weir.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.weir.AsyncStreams;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletionStage;

/**
 * An echo server that, when it is asked to, takes or gives more than the heap holds, and tells of
 * its errors. Runs in a JVM with a small heap.
 */
public final class SmallHeapServer {

  /** Asks it to read everything at once. */
  public static final String TAKE = "take\n";

  /** Asks it to write without waiting for anybody. */
  public static final String GIVE = "give\n";

  private static final int MORE_THAN_THE_HEAP = Integer.MAX_VALUE;
  private static final int PIECE = 4 << 20;

  private SmallHeapServer() {}

  public static void main(String[] arguments) {
    ServerOptions options =
        ServerOptions.DEFAULTS.withErrorListener(
            (stage, peer, error) -> System.out.println("error " + stage + " " + causes(error)));
    Server server =
        AsyncStreams.startServer(SmallHeapServer::serve, "127.0.0.1", 0, options).join();
    InetSocketAddress address = (InetSocketAddress) server.sockets().get(0).localAddress();
    System.out.println("port " + address.getPort());
    server.serveForever().join();
  }

  private static String causes(Throwable error) {
    return error.getCause() == null ? error.toString() : error + ", by " + causes(error.getCause());
  }

  private static CompletionStage<?> serve(StreamReader reader, StreamWriter writer) {
    return reader
        .forEachLine(line -> answer(new String(line, US_ASCII), reader, writer))
        .thenRun(writer::close);
  }

  private static CompletionStage<?> answer(String line, StreamReader reader, StreamWriter writer) {
    if (line.equals(TAKE)) {
      return reader.readExactly(MORE_THAN_THE_HEAP);
    }
    if (line.equals(GIVE)) {
      giveAll(writer);
    }
    writer.write(line.getBytes(US_ASCII));
    return writer.drain();
  }

  private static void giveAll(StreamWriter writer) {
    for (long given = 0; given < MORE_THAN_THE_HEAP; given += PIECE) {
      writer.write(new byte[PIECE]);
    }
  }
}
