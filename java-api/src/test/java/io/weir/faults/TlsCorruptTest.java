package io.weir.faults;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionLostException;
import io.weir.StreamReader;
import io.weir.TlsException;
import io.weir.TlsSide;
import io.weir.testing.CuttableWire;
import io.weir.testing.Multiplicity;
import io.weir.testing.TlsOverWire;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A conversation over TLS in which one byte is changed on its way. */
@Tag(Multiplicity.TAG)
@Tag("tls")
class TlsCorruptTest {

  private static final String SERVER = "server";
  private static final int HEADER = 5; // of a record
  private static final int RECORDS = 10;
  private static final int ONE_BIT = 0x01;
  private static final int ALL_BITS = 0xff;
  private static final Duration LONG = Duration.ofMinutes(2); // than any time limit

  /** What the one who reads the changed byte may find, besides what it says of the peer's end. */
  private static final Set<String> EXPECTED =
      Set.of(
          "CORRUPT",
          "NOT_TLS",
          "NO_COMMON_PROTOCOL",
          "NO_COMMON_CIPHER",
          "UNTRUSTED", // the certificate was changed
          "EXPIRED", // likewise
          "NOT_YET_VALID", // likewise
          "CERTIFICATE_REQUIRED",
          "REFUSED_BY_PEER", // who finds the change in what it is sent back
          "TIMEOUT", // a longer record, of which the rest never comes
          "TRUNCATED", // likewise
          "LOST");

  private final Map<String, Integer> outcomes = new TreeMap<>();

  @ParameterizedTest
  @CsvSource({"TLSv1.3, client", "TLSv1.3, server", "TLSv1.2, client", "TLSv1.2, server"})
  void F44_a_byte_that_is_changed_at_the_edges_of_a_record_or_here_and_there_ends_the_conversation(
      String protocol, String speaker) {
    int every = 97;
    changeEach(
        protocol,
        speaker,
        place -> place.inRecord < HEADER + 8 || place.toEnd < 3 || place.offset % every == 0);
  }

  @ParameterizedTest
  @Tag("soak")
  @CsvSource({"TLSv1.3, client", "TLSv1.3, server", "TLSv1.2, client", "TLSv1.2, server"})
  void F44_any_byte_that_is_changed_ends_the_conversation(String protocol, String speaker) {
    changeEach(protocol, speaker, place -> true);
  }

  /**
   * A byte of what one end sends.
   *
   * @param offset from the beginning
   * @param record the number of its record
   * @param inRecord from the beginning of its record
   * @param toEnd how many are behind it in its record
   * @param inLast whether that is the last record
   */
  private record Place(int offset, int record, int inRecord, int toEnd, boolean inLast) {}

  private void changeEach(String protocol, String speaker, Predicate<Place> wanted) {
    Conversation whole = new Conversation(protocol, speaker, bytes -> bytes);
    whole.run();
    List<Place> places =
        Multiplicity.sample(places(whole.speaker().sent()).stream().filter(wanted).toList());
    for (Place place : places) {
      change(protocol, speaker, place, ONE_BIT);
      change(protocol, speaker, place, ALL_BITS);
    }
    System.out.printf(
        "TLS with a byte changed: %s, %d bytes of the %s, each in 2 ways; what the other end found: %s%n",
        protocol, places.size(), speaker, outcomes);
    assertEquals(2 * places.size(), outcomes.values().stream().mapToInt(n -> n).sum());
  }

  private static List<Place> places(byte[] sent) {
    List<Place> places = new ArrayList<>();
    int start = 0;
    for (int record = 0; record < RECORDS && start < sent.length; record++) {
      int size = sizeOfRecord(sent, start);
      for (int i = 0; i < size; i++) {
        places.add(new Place(start + i, record, i, size - 1 - i, start + size == sent.length));
      }
      start += size;
    }
    return places;
  }

  private static int sizeOfRecord(byte[] bytes, int start) {
    int high = Byte.toUnsignedInt(bytes[start + HEADER - 2]);
    return HEADER + (high << 8 | Byte.toUnsignedInt(bytes[start + HEADER - 1]));
  }

  private void change(String protocol, String speaker, Place place, int mask) {
    Flip flip = new Flip(place, mask);
    Conversation conversation = new Conversation(protocol, speaker, flip);
    conversation.run();
    String where = protocol + ", " + place + " of the " + speaker + ", mask " + mask;
    boolean waited = !conversation.isOver();
    conversation.end(where);
    String outcome = conversation.outcomeOfTheListener();
    if (!flip.done) {
      outcome = "NOT_THERE"; // a signature is shorter this time
    } else if (outcome.equals("CLEAN")) {
      outcome = waited ? "WAITED" : "PASSED";
    }
    outcomes.merge(outcome, 1, Integer::sum);
    assertTrue(expected(place).contains(outcome), where + ": " + outcome);
    conversation.assertOnlyWhatWasSaid(where);
  }

  private static Set<String> expected(Place place) {
    Set<String> expected = new HashSet<>(EXPECTED);
    if (place.inLast || place.inRecord == 1 || place.inRecord == 2) {
      expected.add("PASSED"); // nobody waits for the last record, and the version means nothing
    }
    if (place.inRecord == 3 || place.inRecord == 4) {
      expected.add("WAITED"); // for the rest of a longer record
    }
    if (place.toEnd < 3) {
      expected.add("NOT_THERE");
    }
    return expected;
  }

  /** Changes the bits of one byte of all that passes, which is whole records. */
  private static final class Flip implements UnaryOperator<byte[]> {

    private final Place place;
    private final int mask;
    private int record;
    boolean done;

    Flip(Place place, int mask) {
      this.place = place;
      this.mask = mask;
    }

    @Override
    public byte[] apply(byte[] bytes) {
      byte[] changed = bytes.clone();
      int size;
      for (int start = 0; start < bytes.length; start += size) {
        size = sizeOfRecord(bytes, start);
        if (record++ == place.record && place.inRecord < size) {
          changed[start + place.inRecord] ^= (byte) mask;
          done = true;
        }
      }
      return changed;
    }
  }

  /** The client says a line, the server answers with one, the client closes. */
  private static final class Conversation {

    private final TlsOverWire pair = TlsOverWire.inTheClear();
    private final String protocol;
    private final String speaker;
    private final StringBuilder toServer = new StringBuilder();
    private final StringBuilder toClient = new StringBuilder();
    private final CompletableFuture<Void> clientClosed;
    private final CompletableFuture<Void> serverClosed;

    Conversation(String protocol, String speaker, UnaryOperator<byte[]> change) {
      this.protocol = protocol;
      this.speaker = speaker;
      this.clientClosed = pair.client().writer().waitClosed();
      this.serverClosed = pair.server().writer().waitClosed();
      speaker().disturb(change);
    }

    CuttableWire.End speaker() {
      return speaker.equals(SERVER) ? pair.wire().right() : pair.wire().left();
    }

    void run() {
      TlsOverWire.Ours server = pair.server();
      TlsOverWire.Ours client = pair.client();
      server
          .writer()
          .startTls(TlsOverWire.SERVER.withProtocols(protocol), TlsSide.SERVER)
          .thenRun(() -> gather(server.reader(), toServer, line -> server.writer().write(line)));
      client
          .writer()
          .startTls(TlsOverWire.CLIENT.withProtocols(protocol), TlsSide.CLIENT)
          .thenRun(
              () -> {
                client.writer().write(bytes("hello\n"));
                gather(client.reader(), toClient, line -> client.writer().close());
              });
    }

    private static void gather(StreamReader reader, StringBuilder all, Consumer<byte[]> answer) {
      reader
          .read(1_000)
          .thenAccept(
              piece -> {
                all.append(text(piece));
                if (piece.length > 0) {
                  if (all.charAt(all.length() - 1) == '\n') {
                    answer.accept(piece);
                  }
                  gather(reader, all, answer);
                }
              });
    }

    boolean isOver() {
      return clientClosed.isDone() && serverClosed.isDone();
    }

    /** Ends it if it waits for what never comes. */
    void end(String where) {
      if (!isOver()) {
        pair.timers().advance(LONG);
        pair.client().writer().close();
        pair.server().writer().close();
        pair.timers().advance(LONG);
      }
      assertTrue(isOver(), where);
      assertEquals(0, pair.timers().waiting(), where);
      assertFalse(pair.wire().left().isOpen() || pair.wire().right().isOpen(), where);
    }

    String outcomeOfTheListener() {
      return outcome(speaker.equals(SERVER) ? clientClosed : serverClosed);
    }

    private static String outcome(CompletableFuture<Void> closed) {
      @Nullable Throwable failure = closed.handle((nothing, error) -> error).join();
      if (failure instanceof TlsException tls) {
        return tls.failure().toString();
      }
      assertTrue(failure == null || failure instanceof ConnectionLostException, () -> "" + failure);
      return failure == null ? "CLEAN" : "LOST";
    }

    void assertOnlyWhatWasSaid(String where) {
      assertTrue("hello\n".contentEquals(toServer) || toServer.isEmpty(), where + toServer);
      assertTrue("hello\n".contentEquals(toClient) || toClient.isEmpty(), where + toClient);
    }
  }
}
