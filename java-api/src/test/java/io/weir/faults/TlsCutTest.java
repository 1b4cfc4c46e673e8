package io.weir.faults;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionLostException;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.TlsSide;
import io.weir.TlsTruncationException;
import io.weir.testing.CuttableWire;
import io.weir.testing.Multiplicity;
import io.weir.testing.TlsOverWire;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.PrimitiveIterator;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A conversation over TLS, from the first byte of the handshake to the last of the good-byes, that
 * is cut off behind each of its bytes.
 */
@Tag(Multiplicity.TAG)
@Tag("tls")
class TlsCutTest {

  private static final String CLIENT = "client";
  private static final String SERVER = "server";
  private static final int HEADER = 5; // of a record
  private static final Duration HANDSHAKE = TlsOptions.defaults().handshakeTimeout();
  private static final Duration SHUTDOWN = TlsOptions.defaults().shutdownTimeout();

  /** What an end can come to. */
  private enum Outcome {
    HANDSHAKE_LOST,
    HANDSHAKE_TIMEOUT,
    TRUNCATED,
    LOST,
    CLOSE_TIMEOUT,
    CLEAN
  }

  private static final Map<CuttableWire.Cut, Set<Outcome>> EXPECTED =
      Map.of(
          CuttableWire.Cut.EOF, Set.of(Outcome.HANDSHAKE_LOST, Outcome.TRUNCATED, Outcome.CLEAN),
          CuttableWire.Cut.RESET, Set.of(Outcome.HANDSHAKE_LOST, Outcome.LOST, Outcome.CLEAN),
          CuttableWire.Cut.SILENCE,
              Set.of(Outcome.HANDSHAKE_TIMEOUT, Outcome.CLOSE_TIMEOUT, Outcome.CLEAN));

  private final Map<Outcome, Integer> outcomes = new TreeMap<>();

  @ParameterizedTest
  @CsvSource({
    "TLSv1.3, EOF", "TLSv1.3, RESET", "TLSv1.3, SILENCE",
    "TLSv1.2, EOF", "TLSv1.2, RESET", "TLSv1.2, SILENCE"
  })
  void F43_F47_a_conversation_that_is_cut_off_at_the_edges_of_its_records_ends_in_the_right_error(
      String protocol, CuttableWire.Cut how) {
    Conversation whole = new Conversation(protocol);
    whole.run();
    int ofServer = cut(protocol, how, SERVER, edges(whole.pair.wire().right().sent()));
    int ofClient = cut(protocol, how, CLIENT, edges(whole.pair.wire().left().sent()));
    report(protocol, how, ofServer, ofClient);
  }

  @ParameterizedTest
  @Tag("soak")
  @CsvSource({
    "TLSv1.3, EOF", "TLSv1.3, RESET", "TLSv1.3, SILENCE",
    "TLSv1.2, EOF", "TLSv1.2, RESET", "TLSv1.2, SILENCE"
  })
  void F43_F47_a_conversation_that_is_cut_off_behind_any_byte_ends_in_the_right_error(
      String protocol, CuttableWire.Cut how) {
    int ofServer = cut(protocol, how, SERVER, IntStream.range(0, Integer.MAX_VALUE));
    int ofClient = cut(protocol, how, CLIENT, IntStream.range(0, Integer.MAX_VALUE));
    report(protocol, how, ofServer, ofClient);
  }

  private void report(String protocol, CuttableWire.Cut how, int ofServer, int ofClient) {
    System.out.printf(
        "TLS cut off: %s, %s: %d times behind bytes of the server and %d of the client;"
            + " what became of the ends: %s%n",
        protocol, how, ofServer, ofClient, outcomes);
    assertEquals(2 * (ofServer + ofClient), outcomes.values().stream().mapToInt(n -> n).sum());
    assertEquals(EXPECTED.get(how), outcomes.keySet());
  }

  /**
   * The bytes around the beginning of each record. A signature can be a byte or two shorter or
   * longer in another conversation, which moves the records behind it.
   */
  private static IntStream edges(byte[] sent) {
    List<Integer> beginnings = new ArrayList<>();
    int beginning = 0;
    while (beginning < sent.length) {
      beginnings.add(beginning);
      int length =
          Byte.toUnsignedInt(sent[beginning + 3]) << 8 | Byte.toUnsignedInt(sent[beginning + 4]);
      beginning += HEADER + length;
    }
    beginnings.add(sent.length);
    return beginnings.stream()
        .flatMapToInt(
            edge ->
                Multiplicity.isAll()
                    ? IntStream.rangeClosed(edge - 3, edge + HEADER + 1)
                    : IntStream.of(edge - 1, edge, edge + HEADER))
        .filter(edge -> edge >= 0)
        .sorted()
        .distinct();
  }

  /** How many conversations were cut off: all, but for those that were over by then. */
  private int cut(String protocol, CuttableWire.Cut how, String speaker, IntStream places) {
    int count = 0;
    PrimitiveIterator.OfInt place = places.iterator();
    boolean wasCut = true;
    while (wasCut && place.hasNext()) {
      wasCut = cutBehind(place.nextInt(), protocol, how, speaker);
      count += wasCut ? 1 : 0;
    }
    return count;
  }

  private boolean cutBehind(int place, String protocol, CuttableWire.Cut how, String speaker) {
    Conversation conversation = new Conversation(protocol);
    CuttableWire wire = conversation.pair.wire();
    wire.cutAfter(speaker.equals(SERVER) ? wire.left() : wire.right(), place, how);
    conversation.run();
    String where = protocol + ", " + how + " behind byte " + place + " of the " + speaker;
    if (wire.isCut()) {
      conversation.endTheSilence(where);
      count(conversation.client.outcome(how, where));
      Outcome ofServer = conversation.server.outcome(how, where);
      boolean goodByeCame = wire.right().received() == wire.left().sent().length;
      boolean closed = conversation.client.saidGoodBye;
      assertEquals(closed && goodByeCame, ofServer == Outcome.CLEAN, where + ": " + ofServer);
      count(ofServer);
    }
    conversation.assertNothingIsLeft(where);
    return wire.isCut();
  }

  private void count(Outcome outcome) {
    outcomes.merge(outcome, 1, Integer::sum);
  }

  /** The client says a line, the server answers with one, the client closes. */
  private static final class Conversation {

    final TlsOverWire pair = TlsOverWire.inTheClear();
    final Side client = new Side(CLIENT, pair.client());
    final Side server = new Side(SERVER, pair.server());
    private final String protocol;

    Conversation(String protocol) {
      this.protocol = protocol;
    }

    void run() {
      server.shaken =
          server.ours.writer().startTls(TlsOverWire.SERVER.withProtocols(protocol), TlsSide.SERVER);
      server.line = server.shaken.thenCompose(nothing -> server.ours.reader().readLine());
      server.rest =
          server
              .line
              .thenAccept(server.ours.writer()::write)
              .thenCompose(nothing -> server.ours.reader().read());
      client.shaken =
          client.ours.writer().startTls(TlsOverWire.CLIENT.withProtocols(protocol), TlsSide.CLIENT);
      client.line =
          client
              .shaken
              .thenRun(() -> client.ours.writer().write(bytes("hello\n")))
              .thenCompose(nothing -> client.ours.reader().readLine());
      client.rest =
          client
              .line
              .thenApply(
                  line -> {
                    client.saidGoodBye = !client.ours.writer().isClosing();
                    client.ours.writer().close();
                    return line;
                  })
              .thenCompose(nothing -> client.ours.reader().read());
    }

    /**
     * Nothing ends a silence but the time; behind the handshake, the time that closing may take.
     */
    void endTheSilence(String where) {
      List<Side> silent = Stream.of(client, server).filter(side -> !side.isDone()).toList();
      silent.stream()
          .filter(side -> side.shaken.isDone())
          .forEach(side -> side.ours.writer().close());
      pair.timers().advance(SHUTDOWN.minusMillis(1));
      silent.forEach(side -> assertFalse(side.isDone(), where + ", at the " + side.name));
      pair.timers().advance(HANDSHAKE.minus(SHUTDOWN));
      silent.forEach(side -> assertEquals(side.shaken.isDone(), side.closed.isDone(), where));
      pair.timers().advance(Duration.ofMillis(1));
    }

    void assertNothingIsLeft(String where) {
      assertEquals(0, pair.timers().waiting(), where);
      assertFalse(pair.wire().left().isOpen(), where);
      assertFalse(pair.wire().right().isOpen(), where);
    }
  }

  /** One of the two, and what it has come to. */
  private static final class Side {

    final String name;
    final TlsOverWire.Ours ours;
    final CompletableFuture<Void> closed;
    boolean saidGoodBye;
    CompletableFuture<Void> shaken = new CompletableFuture<>();
    CompletableFuture<byte[]> line = new CompletableFuture<>();
    CompletableFuture<byte[]> rest = new CompletableFuture<>();

    Side(String name, TlsOverWire.Ours ours) {
      this.name = name;
      this.ours = ours;
      this.closed = ours.writer().waitClosed();
    }

    boolean isDone() {
      return shaken.isDone() && closed.isDone();
    }

    Outcome outcome(CuttableWire.Cut how, String conversation) {
      String where = conversation + ", at the " + name;
      assertTrue(closed.isDone(), where);
      assertTrue(shaken.isDone() && line.isDone() && rest.isDone(), where);
      Outcome outcome = classify(where);
      assertTrue(EXPECTED.get(how).contains(outcome), where + ": " + outcome);
      assertOnlyWholeLines(where);
      return outcome;
    }

    private Outcome classify(String where) {
      if (failureOf(shaken) instanceof ConnectionLostException) {
        assertEquals(failureOf(shaken), failureOf(closed), where);
        return Outcome.HANDSHAKE_LOST;
      }
      if (failureOf(shaken) instanceof TlsException late) {
        assertEquals(TlsFailure.TIMEOUT, late.failure(), where);
        assertEquals(late, failureOf(closed), where);
        return Outcome.HANDSHAKE_TIMEOUT;
      }
      assertNull(failureOf(shaken), where);
      Throwable failure = failureOf(closed);
      if (failure instanceof TlsTruncationException) {
        assertEquals(failure, failureOf(rest), where);
        return Outcome.TRUNCATED;
      }
      if (failure instanceof ConnectionLostException) {
        return Outcome.LOST;
      }
      if (failure instanceof TlsException late) {
        assertEquals(TlsFailure.TIMEOUT, late.failure(), where);
        return Outcome.CLOSE_TIMEOUT;
      }
      assertNull(failure, where);
      return Outcome.CLEAN;
    }

    /** What was cut off is no line; and behind the line there was none. */
    private void assertOnlyWholeLines(String where) {
      if (failureOf(line) == null) {
        String heard = text(line.join());
        assertTrue(heard.equals("hello\n") || heard.isEmpty(), () -> where + ": " + heard);
      }
      if (failureOf(rest) == null) {
        assertEquals("", text(rest.join()), where);
      }
    }
  }

  private static @Nullable Throwable failureOf(CompletableFuture<?> future) {
    Throwable failure = future.handle((value, error) -> error).join();
    return failure instanceof CompletionException ? failure.getCause() : failure;
  }
}
