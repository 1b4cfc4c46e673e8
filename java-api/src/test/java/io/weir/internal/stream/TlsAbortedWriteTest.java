package io.weir.internal.stream;

import static io.weir.testing.Texts.noise;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.weir.ConnectOptions;
import io.weir.MemoryStreams;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsSide;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.Multiplicity;
import io.weir.testing.Tasks;
import io.weir.testing.Texts;
import io.weir.testing.TlsOverWire;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Aborts by another thread, while bytes are written over TLS to a peer that reads. */
@Tag("tls")
@Tag("tls-contract")
@Tag(Multiplicity.TAG)
class TlsAbortedWriteTest {

  private static final int SIZE = 8 * 1024 * 1024;
  private static final int ROUNDS = Multiplicity.rounds(200);
  private static final int RANGE_NANOS = 10_000_000;
  private static final byte[] DATA = noise(SIZE, 1);
  private static final byte[] GREETING = {'x'};
  private static final byte[] IN_THE_CLEAR = Texts.bytes("in the clear");

  /** Writes in another thread, and aborts after a time. All is sent or unsent, or dropped. */
  private static void assertExact(StreamWriter writer, StreamReader peer, int round) {
    Future<Long> received =
        Tasks.start(() -> AbortedWriteTest.readToLoss(peer, TlsAbortedWriteTest::assertFailed));
    Future<Void> written =
        Tasks.start(
            () -> {
              writer.write(DATA);
              return null;
            });
    Tasks.spin((int) ((long) RANGE_NANOS * round / ROUNDS));

    writer.transport().abort();
    Deadline.get(writer.waitClosed());
    long unsent = writer.closeReason().unsent();
    Deadline.get(written);
    long arrived = Deadline.get(received);
    if (arrived + unsent > 0) {
      assertEquals(SIZE, arrived + unsent, arrived + " arrived, in round " + round);
    }
  }

  private static void assertFailed(Throwable failure) {
    assertInstanceOf(IOException.class, failure);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void of_a_socket_leaves_unsent_what_the_peer_does_not_receive(String protocol) throws Exception {
    BlockingQueue<StreamReader> accepted = new LinkedBlockingQueue<>();
    Server server =
        Loopback.serve(
            (reader, writer) -> {
              accepted.add(reader);
              writer.write(GREETING);
              return writer.waitClosed();
            },
            ServerOptions.DEFAULTS.withTls(TlsOverWire.SERVER.withProtocols(protocol)));
    for (int round = 0; round < ROUNDS; round++) {
      StreamConnection connection =
          Loopback.connect(
              Loopback.port(server), ConnectOptions.DEFAULTS.withTls(TlsOverWire.CLIENT));
      StreamReader peer = accepted.poll(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS);
      // An unread session ticket would make the kernel drop what it has accepted.
      Deadline.get(connection.reader().readExactly(GREETING.length));
      assertExact(connection.writer(), peer, round);
    }
    server.close();
    Deadline.get(server.waitClosed());
  }

  @Test
  void of_a_pair_in_memory_leaves_unsent_what_the_peer_does_not_receive() {
    for (int round = 0; round < ROUNDS; round++) {
      MemoryStreams.Pair pair = MemoryStreams.pair();
      secure(pair);
      assertExact(pair.first().writer(), pair.second().reader(), round);
    }
  }

  @Test
  void of_TLS_over_TLS_behind_bytes_in_the_clear_leaves_unsent_what_does_not_arrive() {
    for (int round = 0; round < ROUNDS; round++) {
      MemoryStreams.Pair pair = MemoryStreams.pair();
      for (int i = 0; i < 2; i++) {
        pair.first().writer().write(IN_THE_CLEAR);
        Deadline.get(pair.second().reader().readExactly(IN_THE_CLEAR.length));
        secure(pair);
      }
      assertExact(pair.first().writer(), pair.second().reader(), round);
    }
  }

  private static void secure(MemoryStreams.Pair pair) {
    CompletableFuture<Void> there =
        pair.first().writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);
    Deadline.get(pair.second().writer().startTls(TlsOverWire.SERVER, TlsSide.SERVER));
    Deadline.get(there);
  }
}
