package io.weir.api;

import static io.weir.testing.Texts.noise;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.RuntimeOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections that share one loop, and with it the buffer into which it reads. */
class SharedLoopTest {

  private static final int CONNECTIONS = 20;
  private static final int SIZE = 512 * 1024;

  /** How an echo reads. */
  enum Reading {
    BYTES {
      @Override
      CompletableFuture<Void> echo(StreamReader reader, StreamWriter writer) {
        return reader
            .read(10_000)
            .thenCompose(
                bytes -> {
                  writer.write(bytes);
                  return bytes.length == 0 ? done() : drainAndEcho(reader, writer);
                });
      }
    },
    INTO_A_BUFFER {
      @Override
      CompletableFuture<Void> echo(StreamReader reader, StreamWriter writer) {
        ByteBuffer buffer = ByteBuffer.allocate(10_000);
        return reader
            .read(buffer)
            .thenCompose(
                count -> {
                  writer.write(buffer.flip());
                  return count < 0 ? done() : drainAndEcho(reader, writer);
                });
      }
    };

    abstract CompletableFuture<Void> echo(StreamReader reader, StreamWriter writer);

    final CompletableFuture<Void> drainAndEcho(StreamReader reader, StreamWriter writer) {
      return writer.drain().thenCompose(drained -> echo(reader, writer));
    }

    static CompletableFuture<Void> done() {
      return CompletableFuture.completedFuture(null);
    }
  }

  @ParameterizedTest
  @EnumSource
  void each_get_their_own_bytes_back(Reading reading) {
    try (AsyncRuntime runtime = AsyncRuntime.create(RuntimeOptions.DEFAULTS.withIoThreads(1))) {
      Server server =
          Loopback.serve(
              (reader, writer) ->
                  reading.echo(reader, writer).whenComplete((all, error) -> writer.close()),
              ServerOptions.DEFAULTS.withRuntime(runtime));
      List<CompletableFuture<byte[]>> echoes = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        StreamConnection connection =
            Loopback.connect(Loopback.port(server), ConnectOptions.DEFAULTS.withRuntime(runtime));
        connection.writer().write(noise(SIZE, i));
        connection.writer().writeEof();
        echoes.add(connection.reader().read());
      }

      for (int i = 0; i < CONNECTIONS; i++) {
        assertArrayEquals(noise(SIZE, i), Deadline.get(echoes.get(i)));
      }
      Loopback.endInOrder(server);
    }
  }

  @Test
  void a_callback_that_writes_much_sends_some_of_it_and_queues_the_rest() throws Exception {
    byte[] much = noise(16 * SIZE, 1);
    CompletableFuture<Long> queued = new CompletableFuture<>();
    Server server =
        Loopback.serve(
            ConnectionHandler.of(
                (reader, writer) -> {
                  writer.write(much);
                  queued.complete(writer.transport().getWriteBufferSize());
                  writer.close();
                }));
    try (Socket client = BlockingSockets.connect(Loopback.port(server))) {
      assertArrayEquals(much, client.getInputStream().readAllBytes());
    }

    long sent = much.length - Deadline.get(queued);
    assertTrue(sent <= SIZE, () -> sent + " bytes were sent at once");
    Loopback.endInOrder(server);
  }
}
