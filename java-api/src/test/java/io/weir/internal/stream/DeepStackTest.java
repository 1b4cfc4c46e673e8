package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.CloseReason;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.Decoder;
import io.weir.Decoders;
import io.weir.ReadRequest;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.internal.stream.FailingConnection.Medium;
import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.TestServer;
import io.weir.testing.Texts;
import io.weir.testing.Threads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Real stack overflows: a recursion that calls a connection at every depth, until the stack is
 * full. Afterwards the connection works, or it has closed with the error as the cause; in both
 * cases closing it completes what waits, and the peer sees the end.
 */
@Tag(Multiplicity.TAG)
class DeepStackTest {

  private static final int ROUNDS = Multiplicity.rounds(100);
  private static final int MANY_ROUNDS = 2_000;
  private static final int TLS_ROUNDS = Multiplicity.rounds(50);
  private static final long STACK_BYTES = 256 * 1024;
  private static final int MAX_FAILURES = 3;
  private static final int BUFFERED = 60_000;

  /** A recursion on a small stack. */
  private static final class Recursion implements Runnable {

    private final StreamReader reader;
    private final StreamWriter writer;
    private final Random random;
    private final int every;
    private final List<CompletableFuture<?>> futures =
        Collections.synchronizedList(new ArrayList<>());
    private int calls;

    Recursion(StreamReader reader, StreamWriter writer, long seed) {
      this.reader = reader;
      this.writer = writer;
      this.random = new Random(seed);
      this.every = 1 + random.nextInt(8);
    }

    @Override
    public void run() {
      try {
        deeper(random.nextInt(every));
      } catch (StackOverflowError full) {
        // That is what this is for.
      }
    }

    /** Frames of several sizes, so that the stack ends at any step of a call. */
    private long deeper(int left) {
      if (left > 0) {
        return 1 + deeper(left - 1);
      }
      call();
      return 1 + (random.nextBoolean() ? deeper(every) : larger(every, 1, 2, 3, 4, 5));
    }

    private long larger(int left, long a, long b, long c, long d, long e) {
      return a + b + c + d + e + deeper(left);
    }

    private void call() {
      calls++;
      switch (random.nextInt(40)) {
        case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 -> writer.write(new byte[] {1, 2, 3});
        case 10, 11, 12, 13, 14 -> futures.add(writer.drain());
        case 15, 16, 17, 18, 19 -> read();
        case 20 -> writer.transport().pauseReading();
        case 21 -> writer.transport().resumeReading();
        case 22 -> futures.add(writer.waitClosed());
        default -> writer.write(new byte[5000]);
      }
    }

    private void read() {
      try {
        CompletableFuture<byte[]> read = reader.read(10);
        futures.add(read);
        if (random.nextBoolean()) {
          read.cancel(false);
        }
      } catch (IllegalStateException another) {
        // A read is pending already.
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Medium.class)
  void a_stack_that_overflows_in_any_call_leaves_a_connection_that_works_or_has_ended(Medium medium)
      throws Exception {
    overflowIn(medium, ROUNDS);
  }

  @ParameterizedTest
  @EnumSource(Medium.class)
  @Tag("soak")
  @Timeout(600)
  void a_stack_that_overflows_in_any_call_does_so_in_many_rounds(Medium medium) throws Exception {
    overflowIn(medium, MANY_ROUNDS);
  }

  private static void overflowIn(Medium medium, int rounds) throws Exception {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    int ended = 0;
    List<String> wedged = new ArrayList<>();
    try (CapturedLog log = new CapturedLog()) {
      for (int round = 0; round < rounds; round++) {
        try (FailingConnection link = FailingConnection.open(medium)) {
          link.connection.start();
          Recursion recursion = new Recursion(link.reader, link.writer, seed + round);
          Future<Void> peer = link.peerReadsToEnd();
          overflow(recursion);
          ended += link.connection.closeReason() == null ? 0 : 1;
          String failure = check(link, recursion, peer);
          if (failure != null) {
            wedged.add("round " + round + ": " + failure);
          }
        }
        if (wedged.size() > MAX_FAILURES) {
          break;
        }
      }
      System.out.printf(
          "deep stack, %s: %d rounds, %d ended by the error, %d warnings, wedged %s; seed %d%n",
          medium, rounds, ended, log.records().size(), wedged, seed);
    }
    assertEquals(List.of(), wedged, "seed " + seed);
  }

  @Test
  void a_stack_that_overflows_in_any_call_over_tls_leaves_nothing_that_waits() throws Exception {
    CertificateAuthority authority = CertificateAuthority.create("deep stack");
    BlockingQueue<CompletableFuture<Void>> peers = new LinkedBlockingQueue<>();
    ConnectionHandler reading =
        (reader, writer) -> {
          CompletableFuture<Void> end = reader.whenPeerGone();
          peers.add(end);
          return reader.forEachLine(line -> CompletableFuture.completedFuture(null));
        };
    TlsOptions server = TlsOptions.of(authority.issue().serverContext());
    ConnectOptions client =
        ConnectOptions.DEFAULTS.withTls(TlsOptions.of(authority.clientContext()));
    long seed = Long.getLong("weir.seed", System.nanoTime());
    try (TestServer served = TestServer.by(reading, ServerOptions.DEFAULTS.withTls(server))) {
      for (int round = 0; round < TLS_ROUNDS; round++) {
        StreamConnection connection =
            Deadline.get(
                AsyncStreams.openConnection("localhost", served.address().getPort(), client));
        StreamWriter writer = connection.writer();
        Recursion recursion = new Recursion(connection.reader(), writer, seed + round);
        overflow(recursion);
        CompletableFuture<Void> closed = writer.waitClosed();
        writer.close();

        String which = "round " + round + ", seed " + seed;
        Deadline.await(which, closed::isDone);
        Deadline.get(peers.take());
        for (CompletableFuture<?> future : recursion.futures) {
          Deadline.await(which, future::isDone);
        }
      }
    }
  }

  /** Reads what is buffered, at every depth. */
  private static final class ReadingRecursion implements Runnable {

    private final StreamReader reader;
    private final Random random;
    private final Object[] results = new Object[BUFFERED]; // futures and arrays, in order
    private final boolean decodes;
    private int reads;

    ReadingRecursion(StreamReader reader, boolean decodes, long seed) {
      this.decodes = decodes;
      this.reader = reader;
      this.random = new Random(seed);
    }

    @Override
    public void run() {
      try {
        deeper(random.nextInt(8));
      } catch (StackOverflowError full) {
        // That is what this is for.
      }
    }

    /** Only a read may lose bytes: what it returns is kept without a call. */
    private long deeper(int left) {
      if (left > 0) {
        return 1 + deeper(left - 1);
      }
      boolean polls = random.nextBoolean();
      int count = 1 + random.nextInt(3);
      ReadRequest request = ReadRequest.upTo(count);
      Decoder<byte[]> decoder = Decoders.bytes(count);
      int frames = random.nextInt(8);
      try {
        if (decodes) {
          results[reads] = polls ? reader.poll(decoder).value() : reader.read(decoder);
        } else {
          results[reads] = polls ? reader.poll(request) : reader.read(count);
        }
      } catch (IOException lost) {
        throw new UncheckedIOException(lost);
      }
      reads++;
      return 1 + deeper(frames);
    }
  }

  @ParameterizedTest
  @EnumSource(Medium.class)
  void a_read_at_the_end_of_the_stack_loses_no_byte_or_ends_the_connection(Medium medium)
      throws Exception {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    try (CapturedLog log = new CapturedLog()) {
      for (int round = 0; round < ROUNDS; round++) {
        try (FailingConnection link = FailingConnection.open(medium)) {
          link.send(sequence());
          Deadline.get(link.reader.whenReady(ReadRequest.exactly(BUFFERED)));
          boolean decodes = round % 2 == 0;
          ReadingRecursion recursion = new ReadingRecursion(link.reader, decodes, seed + round);
          overflow(recursion);
          checkReads(link, recursion, "round " + round + ", seed " + seed);
        }
      }
      System.out.printf("deep reads, %s: %d warnings%n", medium, log.records().size());
    }
  }

  private static void checkReads(FailingConnection link, ReadingRecursion recursion, String which)
      throws Exception {
    StringBuilder taken = new StringBuilder();
    boolean failed = false;
    for (int i = 0; i < recursion.reads && !failed; i++) {
      String text = textOrNull(recursion.results[i]);
      failed = text == null && link.connection.isClosing();
      taken.append(text == null ? "" : text); // a decoder without room for a call takes nothing
    }
    if (!failed) {
      String rest = textOrNull(link.reader.readExactly(BUFFERED - taken.length()));
      failed = rest == null;
      taken.append(rest);
    }
    if (failed) {
      Deadline.await(which + " closed", () -> link.connection.closeReason() != null);
      assertTrue(hasStackOverflow(link.connection.closeReason().cause()), which);
    } else {
      assertEquals(sequence(), taken.toString(), which);
    }
  }

  /** What a read has brought; null when it failed. */
  private static String textOrNull(Object result) {
    byte[] bytes =
        result instanceof CompletableFuture<?> read
            ? (byte[]) Deadline.get(read.handle((value, error) -> value))
            : (byte[]) result;
    return bytes == null ? null : new String(bytes, StandardCharsets.US_ASCII);
  }

  /** A text in which each lost part shows. */
  private static String sequence() {
    StringBuilder text = new StringBuilder();
    while (text.length() < BUFFERED) {
      text.append(text.length()).append(' ');
    }
    return text.substring(0, BUFFERED);
  }

  private static void overflow(ReadingRecursion recursion) throws InterruptedException {
    overflow((Runnable) recursion);
    assertTrue(recursion.reads > 0);
  }

  private static void overflow(Recursion recursion) throws InterruptedException {
    overflow((Runnable) recursion);
    assertTrue(recursion.calls > 0);
  }

  private static void overflow(Runnable recursion) throws InterruptedException {
    AtomicReference<Throwable> escaped = new AtomicReference<>();
    Thread thread = new Thread(null, recursion, "deep", STACK_BYTES);
    thread.setUncaughtExceptionHandler((of, error) -> escaped.set(error));
    thread.start();
    thread.join(Deadline.TIME.toMillis());
    assertTrue(!thread.isAlive(), () -> Threads.lastFrames(thread));
    assertEquals(null, escaped.get());
  }

  private static String check(FailingConnection link, Recursion recursion, Future<Void> peer)
      throws Exception {
    CompletableFuture<Void> closed = link.writer.waitClosed();
    CloseReason before = link.connection.closeReason();
    if (before == null) {
      link.writer.transport().resumeReading();
      link.send("echo");
      link.writer.write(Texts.bytes("echo"));
    } else if (!hasStackOverflow(before.cause())) {
      return "ended by " + before;
    }
    link.writer.close();
    return firstFailure(link, recursion, peer, closed);
  }

  private static String firstFailure(
      FailingConnection link,
      Recursion recursion,
      Future<Void> peer,
      CompletableFuture<Void> closed) {
    try {
      Deadline.await("waitClosed", closed::isDone);
      Deadline.await("peer", peer::isDone);
      for (CompletableFuture<?> future : recursion.futures) {
        Deadline.await("future " + future, future::isDone);
      }
      return null;
    } catch (AssertionError wedge) {
      return wedge.getMessage()
          + " "
          + link.connection
          + " "
          + link.connection.closeReason()
          + " queued "
          + link.connection.writeBufferSize();
    }
  }

  private static boolean hasStackOverflow(Throwable error) {
    Throwable next = error;
    while (next != null) {
      if (next instanceof StackOverflowError) {
        return true;
      }
      next = next.getCause();
    }
    return false;
  }
}
