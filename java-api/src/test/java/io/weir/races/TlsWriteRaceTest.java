package io.weir.races;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.TlsProvider;
import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.Multiplicity;
import io.weir.testing.Tasks;
import io.weir.testing.TestRuntime;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Writes of several threads over TLS, from buffers of every kind that are changed at once after the
 * write, to a peer that lags, updates its keys and sends as much.
 */
@Tag("tls")
@Tag("tls-contract")
@Tag(Multiplicity.TAG)
class TlsWriteRaceTest {

  private static final int MAX_KEY_UPDATES = 30; // more in a row would be refused
  private static final int THREADS = 3;
  private static final int WRITES = 150; // of each thread
  private static final int LARGE = 200_000;
  private static final int SMALL = 300;
  private static final int HEADER = 9;
  private static final int SENT_BY_PEER = 2_000_000;
  private static final int HIGHEST_LAG_NANOS = 200_000;

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final SSLContext PEER = AUTHORITY.issue().serverContext(TlsProvider.JDK);

  /** A pair of a connection and the JDK's blocking socket. */
  private record Pair(StreamConnection ours, SSLSocket peer) {

    static Pair connect(String protocol) throws Exception {
      try (ServerSocket listener = BlockingSockets.listen()) {
        TlsOptions tls =
            TlsOptions.of(AUTHORITY.clientContext())
                .withProtocols(protocol)
                .dangerouslyAcceptingAnyHostname();
        var opening =
            AsyncStreams.openConnection(
                Loopback.HOST,
                listener.getLocalPort(),
                TestRuntime.in(ConnectOptions.DEFAULTS.withTls(tls)));
        Socket plain = BlockingSockets.accept(listener);
        SSLSocket peer =
            (SSLSocket) PEER.getSocketFactory().createSocket(plain, "localhost", 1, true);
        peer.setUseClientMode(false);
        peer.startHandshake();
        return new Pair(Deadline.get(opening), peer);
      }
    }
  }

  private static byte[] content(int thread, int number) {
    Random random = new Random(31L * thread + number);
    byte[] content = new byte[random.nextInt(random.nextInt(4) == 0 ? LARGE : SMALL)];
    random.nextBytes(content);
    return content;
  }

  private static byte[] frame(int thread, int number) {
    byte[] content = content(thread, number);
    return ByteBuffer.allocate(HEADER + content.length)
        .put((byte) thread)
        .putInt(number)
        .putInt(content.length)
        .put(content)
        .array();
  }

  private static ByteBuffer memory(int kind, int size) {
    return (kind & 1) == 0 ? ByteBuffer.allocate(size + 10) : ByteBuffer.allocateDirect(size + 10);
  }

  private static Void writeAll(StreamWriter writer, int thread, long seed) {
    Random random = new Random(seed + thread);
    for (int i = 0; i < WRITES; i++) {
      byte[] frame = frame(thread, i);
      int kind = random.nextInt(10);
      if (kind == 8) {
        writer.write(frame);
        Arrays.fill(frame, (byte) -1);
      } else {
        ByteBuffer all = memory(kind, frame.length);
        all.position(5).put(frame).flip().position(5);
        ByteBuffer given = (kind & 2) == 0 ? all : all.slice();
        given = (kind & 4) == 0 ? given : given.asReadOnlyBuffer();
        writer.write(given);
        assertEquals(0, given.remaining());
        all.clear();
        while (all.hasRemaining()) {
          all.put((byte) -1);
        }
      }
      if (random.nextInt(4) == 0) {
        Deadline.get(writer.drain());
      }
    }
    return null;
  }

  /** Receives and updates keys on one thread, because an SSLSocket fails when two do so at once. */
  private static Void receiveAll(SSLSocket peer, long seed, boolean keyUpdates) throws IOException {
    Random random = new Random(seed);
    DataInputStream in = new DataInputStream(peer.getInputStream());
    int[] next = new int[THREADS];
    int updates = 0;
    for (int i = 0; i < THREADS * WRITES; i++) {
      int thread = in.readByte();
      int number = in.readInt();
      assertEquals(next[thread]++, number, "thread " + thread);
      byte[] received = new byte[in.readInt()];
      int at = 0;
      while (at < received.length) {
        int most = random.nextInt(20) == 0 ? 1 : received.length - at;
        at += in.read(received, at, most);
      }
      assertArrayEquals(content(thread, number), received);
      if (keyUpdates && updates < MAX_KEY_UPDATES && random.nextInt(5) == 0) {
        peer.startHandshake();
        updates++;
      }
      if (random.nextInt(10) == 0) {
        Tasks.spin(random.nextInt(HIGHEST_LAG_NANOS));
      }
    }
    return null;
  }

  private static Void sendAll(SSLSocket peer, long seed) throws IOException {
    Random random = new Random(seed);
    NumberedBytes bytes = new NumberedBytes();
    while (bytes.sent() < SENT_BY_PEER) {
      int most = random.nextBoolean() ? 40 : 40_000;
      int size = (int) Math.min(1 + random.nextInt(most), SENT_BY_PEER - bytes.sent());
      peer.getOutputStream().write(bytes.next(size));
    }
    return null;
  }

  private static Void readAll(StreamReader reader, long seed) {
    Random random = new Random(seed);
    NumberedBytes expected = new NumberedBytes();
    while (expected.sent() < SENT_BY_PEER) {
      int size = random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 64 * 1024;
      ByteBuffer into =
          random.nextBoolean() ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
      int count = Deadline.get(reader.read(into));
      assertEquals(count, into.position());
      into.flip();
      while (into.hasRemaining()) {
        assertEquals(expected.nextByte(), into.get(), "at " + expected.sent());
      }
    }
    return null;
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void every_write_arrives_whole_and_in_order(String protocol) throws Exception {
    for (int round = 0; round < Multiplicity.rounds(20); round++) {
      long seed = System.nanoTime();
      Pair pair = Pair.connect(protocol);
      try {
        List<Future<Void>> all = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          int thread = i;
          all.add(Tasks.start(() -> writeAll(pair.ours.writer(), thread, seed)));
        }
        boolean keyUpdates = protocol.equals("TLSv1.3");
        all.add(Tasks.start(() -> receiveAll(pair.peer, seed, keyUpdates)));
        all.add(Tasks.start(() -> sendAll(pair.peer, seed)));
        all.add(Tasks.start(() -> readAll(pair.ours.reader(), seed)));
        for (Future<Void> each : all) {
          each.get(30, java.util.concurrent.TimeUnit.SECONDS);
        }
      } finally {
        pair.ours.writer().transport().abort();
        pair.peer.close();
      }
    }
  }
}
