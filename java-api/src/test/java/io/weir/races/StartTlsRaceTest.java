package io.weir.races;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.InternalAccess;
import io.weir.MemoryStreams;
import io.weir.StreamWriter;
import io.weir.TlsSide;
import io.weir.testing.CallbackCheck;
import io.weir.testing.CuttableWire;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.SslEnginePeer;
import io.weir.testing.Tasks;
import io.weir.testing.TlsOverWire;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** TLS that starts while others write, close, abort and cancel, at random instants. */
@Tag(Multiplicity.TAG)
class StartTlsRaceTest {

  private static final int WRITERS = Multiplicity.rounds(200);
  private static final int ENDS = Multiplicity.rounds(400);
  private static final int MANY_ENDS = 4_000;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  @Test
  void F50_what_another_thread_writes_arrives_in_the_clear_or_over_TLS_and_in_order() {
    int clear = 0;
    int secret = 0;
    for (int round = 0; round < WRITERS; round++) {
      Switch watched = new Switch();
      int count = watched.run(random.nextInt(200_000));
      String inTheClear = text(watched.clear.toByteArray());
      assertEquals(lines(count), inTheClear + watched.peer.heard(), "seed " + seed);
      assertTrue(inTheClear.isEmpty() || inTheClear.endsWith("\n"), "seed " + seed);
      clear += inTheClear.isEmpty() ? 0 : 1;
      secret += watched.peer.heard().isEmpty() ? 0 : 1;
    }
    System.out.printf(
        "race: startTls while another thread writes: %d rounds, %d with lines before it, %d behind"
            + " it; seed %d%n",
        WRITERS, clear, secret, seed);
    assertTrue(clear > WRITERS / 4 && secret > WRITERS / 2, clear + " " + secret);
  }

  private static String lines(int count) {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < count; i++) {
      all.append(line(i));
    }
    return all.toString();
  }

  private static String line(int number) {
    return number + "-".repeat(number % 97) + "\n";
  }

  /** Our client, who begins TLS while a thread writes lines; a machine is its server. */
  private static final class Switch {

    final ByteArrayOutputStream clear = new ByteArrayOutputStream(); // guarded by the wire
    private boolean secured; // guarded by the wire
    private final CuttableWire wire = new CuttableWire();
    final SslEnginePeer peer;
    private final StreamWriter writer = writerOver(wire.left());

    Switch() {
      SSLEngine engine = TlsOverWire.serverEngine();
      peer = new SslEnginePeer(wire.right(), engine);
      wire.left().disturb(this::passOnlyTls);
      peer.answerGoodBye();
      peer.start();
    }

    private byte[] passOnlyTls(byte[] bytes) {
      secured |= bytes[0] == 0x16; // a record of the handshake; lines begin with a digit
      if (secured) {
        return bytes;
      }
      clear.writeBytes(bytes);
      return new byte[0];
    }

    /** Returns how many lines were written. */
    int run(int delay) {
      AtomicBoolean enough = new AtomicBoolean();
      Future<Integer> writing = Tasks.start(() -> writeUntil(enough));
      if (delay % 2 == 0) {
        Deadline.await("the first line", () -> wire.left().sent().length > 0);
      }
      Tasks.spin(delay);
      assertNull(
          Deadline.get(CallbackCheck.watch(writer.startTls(TlsOverWire.CLIENT, TlsSide.CLIENT))));
      Tasks.spin(delay);
      enough.set(true);
      int count = Deadline.get(writing);
      writer.close();
      assertNull(Deadline.get(CallbackCheck.watch(writer.waitClosed())));
      return count;
    }

    private int writeUntil(AtomicBoolean enough) {
      int count = 0;
      while (!enough.get()) {
        writer.write(bytes(line(count++)));
        Deadline.get(CallbackCheck.watch(writer.drain()));
      }
      return count;
    }
  }

  private static StreamWriter writerOver(CuttableWire.End end) {
    return InternalAccess.open(end).writer();
  }

  @Test
  void F50_either_side_can_close_abort_or_cancel_at_any_moment_of_the_handshake() {
    endInBetween(ENDS);
  }

  @Test
  @Tag("soak")
  void F50_either_side_can_close_abort_or_cancel_at_very_many_moments_of_the_handshake() {
    endInBetween(MANY_ENDS);
  }

  private void endInBetween(int rounds) {
    Map<String, Integer> outcomes = new TreeMap<>();
    for (int round = 0; round < rounds; round++) {
      endInBetween(outcomes);
    }
    System.out.printf(
        "race: the end in the middle of startTls: %d rounds: %s; seed %d%n",
        rounds, outcomes, seed);
    assertTrue(outcomes.keySet().containsAll(List.of("shaken", "ConnectionLostException")));
  }

  private void endInBetween(Map<String, Integer> outcomes) {
    MemoryStreams.Pair pair = MemoryStreams.pair();
    boolean ofFirst = random.nextBoolean();
    int how = random.nextInt(3);
    int delay = random.nextInt(random.nextBoolean() ? 100_000 : 10_000_000);
    boolean talkative = random.nextBoolean();
    StreamWriter client = pair.first().writer();
    StreamWriter server = pair.second().writer();
    CompletableFuture<byte[]> heard = pair.second().reader().read();
    CompletableFuture<Void> here = server.startTls(TlsOverWire.SERVER, TlsSide.SERVER);
    CompletableFuture<Void> there = client.startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);
    for (CompletableFuture<?> wait :
        List.of(heard, here, there, client.waitClosed(), server.waitClosed())) {
      CallbackCheck.watch(wait);
    }
    if (talkative) {
      client.write(new byte[20_000]);
    }
    Future<Boolean> ending =
        Tasks.start(
            () -> {
              Tasks.spin(delay);
              end(ofFirst ? client : server, ofFirst ? there : here, how);
              return true;
            });

    assertTrue(Deadline.get(ending));
    for (CompletableFuture<Void> start : List.of(here, there)) {
      Deadline.await("the end of a handshake, seed " + seed, start::isDone);
      outcomes.merge(nameOf(start), 1, Integer::sum);
    }
    client.close();
    server.close();
    Deadline.await("the end of the client, seed " + seed, client.waitClosed()::isDone);
    Deadline.await("the end of the server, seed " + seed, server.waitClosed()::isDone);
    Deadline.await("the end of a read, seed " + seed, heard::isDone);
  }

  private static String nameOf(CompletableFuture<Void> start) {
    @Nullable Throwable failure = start.handle((nothing, error) -> error).join();
    return failure == null ? "shaken" : failure.getClass().getSimpleName();
  }

  private static void end(StreamWriter writer, CompletableFuture<Void> start, int how) {
    switch (how) {
      case 0 -> writer.close();
      case 1 -> writer.transport().abort();
      default -> start.cancel(true);
    }
  }
}
