package io.weir.races;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.Tasks;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Reads that end in the instant in which their bytes arrive. Each test counts what was sent and
 * what was read, byte by byte: none may be missing, none may come twice.
 */
@Tag(Multiplicity.TAG)
class CancelRaceTest {

  private static final long SEED = 20_240_607;

  @Test
  void a_cancel_against_a_feed_loses_no_byte() throws Exception {
    raceFed("cancel", Multiplicity.rounds(100_000), (read, random) -> read.cancel(true));
  }

  @Test
  void completing_the_read_by_hand_against_a_feed_loses_no_byte() throws Exception {
    raceFed("completeExceptionally", Multiplicity.rounds(50_000), (read, random) -> giveUp(read));
  }

  @Test
  void a_timeout_against_a_feed_loses_no_byte() throws Exception {
    raceFed(
        "orTimeout",
        Multiplicity.rounds(50_000),
        (read, random) -> read.orTimeout(random.nextInt(2_000), NANOSECONDS));
  }

  private static void giveUp(CompletableFuture<?> read) {
    read.completeExceptionally(new IllegalStateException("given up"));
  }

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  @Tag("channels")
  void a_cancel_or_a_timeout_against_a_socket_loses_no_byte(SocketKind kind) throws Exception {
    int rounds = Multiplicity.rounds(20_000);
    Random random = new Random(SEED);
    Tally tally = new Tally();
    try (ChunkPeer peer = new ChunkPeer(kind.listen(directory));
        StreamConnection connection = kind.connect(peer.address())) {
      for (int round = 0; round < rounds; round++) {
        RandomReads.Reading read = RandomReads.any(connection.reader(), random);
        connection.writer().write(new byte[1]);
        Tasks.spin(random.nextInt(150_000));
        if (random.nextBoolean()) {
          read.future().cancel(false);
        } else {
          read.future().orTimeout(random.nextInt(20_000), NANOSECONDS);
        }
        tally.add(read);
      }
      connection.writer().writeEof();
      tally.add(RandomReads.Reading.of(connection.reader().read()));
      tally.report("cancel and orTimeout on a socket, " + kind, rounds, peer.sent());
    }
  }

  /** Who ends a read early. */
  private interface Ending {
    void end(CompletableFuture<?> read, Random random);
  }

  private static void raceFed(String name, int rounds, Ending ending) throws Exception {
    Random random = new Random(SEED);
    StreamReader reader = StreamReader.handFed(1024);
    Tally tally = new Tally();
    NumberedBytes pattern = new NumberedBytes();
    ExecutorService rival = Executors.newSingleThreadExecutor();
    try {
      for (int round = 0; round < rounds; round++) {
        RandomReads.Reading read = RandomReads.any(reader, random);
        byte[] chunk = pattern.next(random.nextInt(RandomReads.MAX_CHUNK));
        AtomicBoolean feeding = new AtomicBoolean();
        Future<?> fed =
            rival.submit(
                () -> {
                  feeding.set(true);
                  reader.feedData(chunk);
                });
        while (!feeding.get()) {
          Thread.onSpinWait();
        }
        Tasks.spin(random.nextInt(2_000));
        ending.end(read.future(), random);
        fed.get(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS);
        read.future().cancel(false);
        tally.add(read);
      }
    } finally {
      rival.shutdownNow();
    }
    reader.feedEof();
    tally.add(RandomReads.Reading.of(reader.read()));
    tally.report(name + " against feed", rounds, pattern.sent());
  }

  /** Counts what was read, and checks that it is the pattern without a gap. */
  private static final class Tally {

    private final NumberedBytes expected = new NumberedBytes();
    private int answered;
    private int ended;

    void add(RandomReads.Reading read) throws Exception {
      byte[] bytes;
      try {
        bytes = read.bytes(read.future().get(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
      } catch (ExecutionException | CancellationException e) {
        read.assertNothingTaken();
        ended++;
        return;
      }
      answered++;
      long at = expected.sent();
      for (byte actual : bytes) {
        assertEquals(expected.nextByte(), actual, () -> "a byte behind " + at);
      }
    }

    void report(String name, int rounds, long sent) {
      long lost = sent - expected.sent();
      System.out.printf(
          "race: %s: %d rounds, %d answered, %d ended early, %d bytes sent, bytes lost: %d%n",
          name, rounds, answered, ended, sent, lost);
      assertEquals(0, lost, "bytes lost");
      assertTrue(answered > rounds / 100, "the reads win now and then: " + answered);
      assertTrue(ended > rounds / 100, "the reads lose now and then: " + ended);
    }
  }
}
