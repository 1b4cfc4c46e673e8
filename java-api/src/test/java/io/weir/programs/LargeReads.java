package io.weir.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.weir.AsyncStreams;
import io.weir.ReadRequest;
import io.weir.Server;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/**
 * A server that reads many bytes at once, as the first line says, and answers with their hash and
 * the line behind them. Runs in a JVM with too little heap for two copies.
 */
public final class LargeReads {

  /** Asks it to wait for a future of the bytes. */
  public static final String READ = "read\n";

  /** Asks it to wait until the bytes are there, and to poll for them. */
  public static final String POLL = "poll\n";

  /** How many bytes it reads. */
  public static final int COUNT = 150 << 20;

  private LargeReads() {}

  public static void main(String[] arguments) {
    Server server = AsyncStreams.startServer(LargeReads::serve, "127.0.0.1", 0).join();
    InetSocketAddress address = (InetSocketAddress) server.sockets().get(0).localAddress();
    System.out.println("port " + address.getPort());
    server.serveForever().join();
  }

  private static CompletionStage<?> serve(StreamReader reader, StreamWriter writer) {
    return reader
        .readLine()
        .thenCompose(
            how -> Arrays.equals(how, READ.getBytes(US_ASCII)) ? read(reader) : poll(reader))
        .thenApply(Arrays::hashCode)
        .thenCompose(
            hash -> reader.readLine().thenApply(line -> hash + " " + new String(line, US_ASCII)))
        .thenAccept(answer -> writer.write(answer.getBytes(US_ASCII)))
        .thenRun(writer::close);
  }

  private static CompletionStage<byte[]> read(StreamReader reader) {
    return reader.readExactly(COUNT);
  }

  private static CompletionStage<byte[]> poll(StreamReader reader) {
    ReadRequest all = ReadRequest.exactly(COUNT);
    return reader.whenReady(all).thenApply(ready -> polled(reader, all));
  }

  private static byte[] polled(StreamReader reader, ReadRequest all) {
    try {
      return Objects.requireNonNull(reader.poll(all));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
