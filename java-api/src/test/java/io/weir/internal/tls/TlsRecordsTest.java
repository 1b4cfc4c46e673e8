package io.weir.internal.tls;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsSide;
import io.weir.testing.Deadline;
import io.weir.testing.TlsOverWire;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Records that no stream sends, and too many of those that it may. */
class TlsRecordsTest {

  private static final String TLS13 = "TLSv1.3";
  private static final String TLS12 = "TLSv1.2";
  private static final int ALERT = 21;
  private static final int HANDSHAKE = 22;
  private static final int DATA = 23;
  private static final int UNKNOWN = 99;
  private static final int LARGEST = (1 << 14) + 256;
  private static final int MANY = 1_000;

  private static byte[] record(int type, byte[] body) {
    return ByteBuffer.allocate(5 + body.length)
        .put((byte) type)
        .putShort((short) 0x0303)
        .putShort((short) body.length)
        .put(body)
        .array();
  }

  // ---- F45: before the handshake ----

  private static TlsException failureOfAServerThatReads(byte[]... pieces) {
    TlsOverWire pair = TlsOverWire.inTheClear();
    CompletableFuture<Void> shaken =
        pair.server().writer().startTls(TlsOverWire.SERVER, TlsSide.SERVER);
    for (byte[] piece : pieces) {
      pair.wire().right().arrive(piece);
    }
    TlsException failure = Deadline.failure(TlsException.class, shaken);
    assertEquals(0, pair.timers().waiting());
    assertFalse(pair.wire().right().isOpen());
    return failure;
  }

  @Test
  void F45_empty_records_of_the_handshake_are_refused_or_skipped() {
    TlsOverWire pair = TlsOverWire.inTheClear();
    CompletableFuture<Void> here =
        pair.server().writer().startTls(TlsOverWire.SERVER, TlsSide.SERVER);
    for (int i = 0; i < 100; i++) {
      pair.wire().right().arrive(record(HANDSHAKE, new byte[0]));
    }
    if (here.isDone()) { // newer JDKs: RFC 8446, section 5.1, forbids them
      TlsException refused = Deadline.failure(TlsException.class, here);
      assertEquals(TlsFailure.CORRUPT, refused.failure());
      return;
    }
    CompletableFuture<Void> there =
        pair.client().writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);

    assertNull(Deadline.get(here));
    assertNull(Deadline.get(there));
  }

  @Test
  void F45_an_SSLv2_hello_is_no_TLS() {
    byte[] hello = new byte[48];
    System.arraycopy(new byte[] {(byte) 0x80, 46, 1, 3, 3, 0, 21, 0, 0, 0, 16}, 0, hello, 0, 11);

    assertEquals(TlsFailure.NOT_TLS, failureOfAServerThatReads(hello).failure());
  }

  @ParameterizedTest
  @ValueSource(ints = {HANDSHAKE, DATA, ALERT})
  void F45_a_record_larger_than_any_ends_the_handshake_before_it_has_come(int type) {
    byte[] header = Arrays.copyOf(record(type, new byte[0]), 5);
    header[3] = (byte) 0xff;
    header[4] = (byte) 0xff;

    assertEquals(TlsFailure.CORRUPT, failureOfAServerThatReads(header, new byte[1]).failure());
  }

  @Test
  void F45_data_in_the_place_of_a_hello_is_against_the_rules() {
    assertEquals(
        TlsFailure.CORRUPT, failureOfAServerThatReads(record(DATA, new byte[100])).failure());
  }

  @Test
  void F45_a_hello_larger_than_any_ends_the_handshake_before_all_of_it_has_come() {
    byte[] start = new byte[1 << 14];
    start[0] = 1; // a hello, of 16 MiB
    Arrays.fill(start, 1, 4, (byte) 0xff);
    byte[][] pieces = new byte[64][];
    Arrays.fill(pieces, record(HANDSHAKE, new byte[1 << 14]));
    pieces[0] = record(HANDSHAKE, start);

    assertEquals(TlsFailure.CORRUPT, failureOfAServerThatReads(pieces).failure());
  }

  // ---- F45: behind the handshake ----

  private static TlsOverWire.Half half(String protocol) {
    return TlsOverWire.server(protocol);
  }

  private static void assertEndsAs(TlsFailure failure, TlsOverWire.Half half) {
    assertEnds(failure, half);
    assertNotNull(half.peer().failure()); // it was sent an alert
  }

  /** RFC 5246, section 7.2.1: an error must not look like an orderly end. */
  private static void assertEndsWithoutAWord(TlsFailure failure, TlsOverWire.Half half) {
    assertEnds(failure, half);
    assertFalse(half.peer().heardGoodBye());
    assertTrue(half.peer().sawEnd());
  }

  private static void assertEnds(TlsFailure failure, TlsOverWire.Half half) {
    TlsException told =
        Deadline.failure(TlsException.class, half.ours().reader().readExactly(1_000_000));
    assertEquals(failure, told.failure());
    assertEquals(told, Deadline.failure(TlsException.class, half.ours().writer().waitClosed()));
    assertEquals(0, half.timers().waiting());
    assertFalse(half.wire().left().isOpen());
  }

  @ParameterizedTest
  @CsvSource({
    "TLSv1.3, 99", "TLSv1.2, 99",
    "TLSv1.3, 22", "TLSv1.2, 22",
    "TLSv1.3, 21", "TLSv1.2, 21",
    "TLSv1.3, 23", "TLSv1.2, 23"
  })
  void F45_a_record_in_the_clear_or_of_an_unknown_type_ends_the_connection(
      String protocol, int type) {
    TlsOverWire.Half half = half(protocol);
    half.wire().left().arrive(record(type, new byte[40]));

    assertEndsAs(TlsFailure.CORRUPT, half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void F45_a_record_one_byte_larger_than_allowed_ends_the_connection(String protocol) {
    TlsOverWire.Half half = half(protocol);
    half.wire().left().arrive(record(DATA, new byte[LARGEST + 1]));

    assertEndsAs(TlsFailure.CORRUPT, half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void an_alert_reaches_the_peer_also_when_good_data_came_in_the_same_moment(String protocol) {
    TlsOverWire.Half half = half(protocol);
    half.ours().writer().transport().pauseReading();
    half.peer().say("first");
    half.peer().say("good");
    half.wire().left().arrive(record(UNKNOWN, new byte[40]));
    CompletableFuture<byte[]> data = half.ours().reader().readExactly(9);
    half.ours().writer().transport().resumeReading();

    assertEquals("firstgood", text(data));
    assertEndsAs(TlsFailure.CORRUPT, half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void F45_records_of_one_byte_are_as_good_as_others(String protocol) {
    TlsOverWire.Half half = half(protocol);
    for (int i = 0; i < MANY; i++) {
      half.peer().send(new byte[] {(byte) i});
    }
    half.peer().sayGoodBye();

    byte[] all = Deadline.get(half.ours().reader().read());

    assertEquals(MANY, all.length);
    assertEquals((byte) (MANY - 1), all[MANY - 1]);
    assertNull(Deadline.get(half.ours().writer().waitClosed()));
  }

  // ---- F46: floods ----

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void F45_F46_many_empty_records_of_data_are_skipped(String protocol) {
    TlsOverWire.Half half = half(protocol);
    for (int i = 0; i < MANY; i++) {
      half.peer().send(new byte[0]);
    }
    half.peer().say("line\n");

    assertEquals("line\n", text(half.ours().reader().readLine()));
  }

  @Test
  void F46_key_updates_with_data_between_them_are_answered_each() {
    TlsOverWire.Half half = half(TLS13);
    int before = half.wire().left().sent().length;
    for (int i = 0; i < MANY; i++) {
      half.peer().askForKeys();
      half.peer().say(".");
    }
    half.peer().say("line\n");

    assertEquals(MANY + 5, Deadline.get(half.ours().reader().readLine()).length);
    half.ours().writer().write(bytes("answer"));
    assertEquals("answer", half.peer().heard());
    int answers = half.wire().left().sent().length - before;
    assertTrue(answers <= 200 * MANY, "bytes of answers: " + answers);
  }

  @Test
  void F46_a_few_key_updates_in_a_row_are_answered() {
    TlsOverWire.Half half = half(TLS13);
    for (int i = 0; i < 32; i++) {
      half.peer().askForKeys();
    }
    half.peer().say("line\n");

    assertEquals("line\n", text(half.ours().reader().readLine()));
  }

  @Test
  void F46_key_updates_without_data_between_them_end_the_connection() {
    TlsOverWire.Half half = half(TLS13);
    half.peer().say("before");
    for (int i = 0; i < 33; i++) {
      half.peer().askForKeys();
    }

    assertEquals("before", text(half.ours().reader().readExactly(6)));
    assertEndsWithoutAWord(TlsFailure.FLOOD, half);
  }

  @Test
  void a_key_update_while_our_output_is_blocked_does_not_stop_reading() {
    TlsOverWire.Half half = half(TLS13);
    half.wire().left().holdWrites();
    half.ours().writer().write(new byte[16_000]);
    half.peer().goDeaf();
    half.peer().askForKeys();
    CompletableFuture<byte[]> upload = half.ours().reader().readExactly(100 * 16_000);
    for (int i = 0; i < 100; i++) {
      half.peer().send(new byte[16_000]);
    }

    assertEquals(100 * 16_000, Deadline.get(upload).length);
    half.ours().writer().transport().abort();
  }

  @Test
  void F46_a_peer_that_asks_for_keys_and_takes_no_answers_is_read_until_they_are_too_many() {
    TlsOverWire.Half half = half(TLS13);
    half.wire().left().holdWrites();
    half.peer().goDeaf();
    CompletableFuture<byte[]> all = half.ours().reader().read();
    int asked = 0;
    while (!all.isDone() && asked < 100 * MANY) {
      half.peer().askForKeys();
      half.peer().say(".");
      asked++;
    }

    assertTrue(asked > MANY && asked < 10 * MANY, "asked: " + asked);
    assertEquals(TlsFailure.FLOOD, Deadline.failure(TlsException.class, all).failure());
  }

  @Test
  void F46_a_client_of_TLS_1_2_that_asks_for_a_new_handshake_is_refused() {
    TlsOverWire.Half half = TlsOverWire.server(TLS12);
    half.peer().say("before");
    half.peer().askForKeys();

    assertEquals("before", text(half.ours().reader().readExactly(6)));
    assertEndsWithoutAWord(TlsFailure.CORRUPT, half);
  }

  @Test
  void F46_a_server_of_TLS_1_2_that_asks_for_a_new_handshake_is_refused() {
    TlsOverWire.Half half = TlsOverWire.client(TLS12);
    half.peer().askForKeys();

    assertEndsWithoutAWord(TlsFailure.CORRUPT, half);
  }
}
