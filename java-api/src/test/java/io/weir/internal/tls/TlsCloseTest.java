package io.weir.internal.tls;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.noise;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.CloseReason;
import io.weir.ConnectionLostException;
import io.weir.MemoryStreams;
import io.weir.StreamWriter;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.TlsSide;
import io.weir.TlsTruncationException;
import io.weir.certificates.TlsProvider;
import io.weir.internal.concurrent.VirtualTimers;
import io.weir.internal.stream.Connection;
import io.weir.testing.CuttableWire;
import io.weir.testing.Deadline;
import io.weir.testing.GarbageCollection;
import io.weir.testing.SslEnginePeer;
import io.weir.testing.TlsOverWire;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How connections over TLS end. */
@Tag("tls")
class TlsCloseTest {

  private static final boolean CONSCRYPT = TlsProvider.underTest() == TlsProvider.CONSCRYPT;
  private static final String TLS13 = "TLSv1.3";
  private static final String TLS12 = "TLSv1.2";
  private static final int MIB = 1024 * 1024;
  private static final byte HANDSHAKE = 0x16; // a record in the clear
  private static final Duration LINGER = Duration.ofSeconds(1);
  private static final Duration SHUTDOWN = TlsOptions.defaults().shutdownTimeout();

  // ---- F48: our close_notify ----

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void F48_a_peer_that_never_answers_our_good_bye_is_left_when_the_time_is_up(String protocol) {
    TlsOverWire.Half half = TlsOverWire.server(protocol);
    half.peer().goDeaf();
    half.ours().writer().close();
    CompletableFuture<Void> closed = half.ours().writer().waitClosed();
    half.timers().advance(SHUTDOWN.minusMillis(1));
    assertFalse(closed.isDone());

    half.timers().advance(Duration.ofMillis(1));

    TlsException late = Deadline.failure(TlsException.class, closed);
    assertEquals(TlsFailure.TIMEOUT, late.failure());
    assertTrue(late.getMessage().contains("30 seconds"), late.getMessage());
    assertEquals("", text(half.ours().reader().read()));
    assertNothingIsLeft(half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void F48_what_the_peer_sends_behind_our_good_bye_is_swallowed(String protocol) {
    TlsOverWire.Half half = TlsOverWire.client(protocol);
    half.peer().goDeaf();
    half.ours().writer().close();
    CompletableFuture<Void> closed = half.ours().writer().waitClosed();
    for (int i = 0; i < 60; i++) {
      half.peer().send(new byte[16_000]);
    }
    half.timers().advance(LINGER.minusMillis(1));
    assertFalse(closed.isDone());
    half.peer().sayGoodBye();

    assertNull(Deadline.get(closed));
    assertEquals("", text(half.ours().reader().read()));
    assertNothingIsLeft(half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void F48_a_peer_that_sends_data_behind_our_good_bye_is_left_after_a_second(String protocol) {
    TlsOverWire.Half half = TlsOverWire.client(protocol);
    half.peer().goDeaf();
    half.ours().writer().close();
    CompletableFuture<Void> closed = half.ours().writer().waitClosed();
    half.timers().advance(Duration.ofSeconds(20));
    half.peer().say("still here");
    half.timers().advance(LINGER.minusMillis(1));
    half.peer().say("and still here");
    assertFalse(closed.isDone());
    half.timers().advance(Duration.ofMillis(1));

    assertNull(Deadline.get(closed));
    assertEquals(CloseReason.Kind.CLOSED, half.ours().writer().closeReason().kind());
    assertNothingIsLeft(half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void F48_a_peer_that_sends_much_behind_our_good_bye_is_left_after_a_mebibyte(String protocol) {
    TlsOverWire.Half half = TlsOverWire.client(protocol);
    half.peer().goDeaf();
    half.ours().writer().close();
    CompletableFuture<Void> closed = half.ours().writer().waitClosed();
    int sent = 0;
    while (!closed.isDone() && sent < 2 * MIB) {
      half.peer().send(new byte[16_000]);
      sent += 16_000;
    }

    assertNull(Deadline.get(closed));
    assertTrue(sent > MIB && sent <= MIB + 16_000, "sent: " + sent);
    assertNothingIsLeft(half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void F48_a_peer_that_takes_our_good_bye_only_after_it_has_sent_all_is_read(String protocol) {
    TlsOverWire.Half half = TlsOverWire.server(protocol);
    half.wire().left().holdWrites();
    CompletableFuture<CloseReason> closed =
        half.ours().writer().closeGracefully(Duration.ofSeconds(8));
    assertTrue(half.wire().left().holdsWrite());
    long before = half.wire().left().received();
    for (int i = 0; i < 60; i++) {
      half.peer().send(new byte[16_000]);
    }
    assertTrue(half.wire().left().received() - before > 60 * 16_000, "what the peer sends is read");
    half.timers().advance(LINGER.multipliedBy(2));
    assertFalse(closed.isDone());
    half.wire().left().releaseWrites();
    half.peer().sayGoodBye();

    assertEquals(CloseReason.Kind.CLOSED, Deadline.get(closed).kind());
    assertTrue(half.peer().heardGoodBye());
    assertNothingIsLeft(half);
  }

  // ---- a hurried close ----

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void closeGracefully_leaves_a_silent_peer_a_second_after_everything_was_sent(String protocol) {
    TlsOverWire.Half half = TlsOverWire.server(protocol);
    half.peer().goDeaf();
    half.wire().left().holdWrites();
    half.ours().writer().write(bytes("answer"));
    CompletableFuture<CloseReason> closed =
        half.ours().writer().closeGracefully(Duration.ofSeconds(8));
    half.timers().advance(Duration.ofSeconds(3));
    half.wire().left().releaseWrites();
    half.timers().advance(LINGER.minusMillis(1));
    assertFalse(closed.isDone());
    half.timers().advance(Duration.ofMillis(1));

    assertEquals(new CloseReason(CloseReason.Kind.CLOSED, 0, null), Deadline.get(closed));
    assertNothingIsLeft(half);
  }

  @Test
  void closeGracefully_hurries_a_close_that_is_under_way() {
    TlsOverWire.Half half = TlsOverWire.server(TLS13);
    half.peer().goDeaf();
    half.ours().writer().close();
    half.timers().advance(Duration.ofSeconds(5));
    CompletableFuture<CloseReason> closed =
        half.ours().writer().closeGracefully(Duration.ofSeconds(8));
    half.timers().advance(LINGER);

    assertEquals(CloseReason.Kind.CLOSED, Deadline.get(closed).kind());
    assertNothingIsLeft(half);
  }

  @Test
  void a_shutdown_whose_time_is_up_aborts_no_connection_that_has_sent_everything() {
    TlsOverWire.Half half = TlsOverWire.server(TLS13);
    half.peer().goDeaf();
    half.ours().writer().write(bytes("answer"));
    half.ours().connection().closeAsServerStops();

    assertFalse(half.ours().connection().abortAsServerStops());
    assertEquals(
        new CloseReason(CloseReason.Kind.SERVER_STOPPING, 0, null),
        half.ours().writer().closeReason());
    assertNothingIsLeft(half);
  }

  @Test
  void a_shutdown_whose_time_is_up_aborts_a_connection_whose_good_bye_is_held_up() {
    TlsOverWire.Half half = TlsOverWire.server(TLS13);
    half.wire().left().holdWrites();
    half.ours().connection().closeAsServerStops();

    assertTrue(half.ours().connection().abortAsServerStops());
    assertNothingIsLeft(half);
  }

  // ---- a handshake that hangs ----

  @Test
  void close_ends_a_handshake_that_hangs_and_what_waits_behind_it() {
    TlsOverWire pair = TlsOverWire.inTheClear();
    StreamWriter writer = pair.client().writer();
    CompletableFuture<Void> secured = writer.startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);
    writer.write(new byte[MIB]);
    CompletableFuture<Void> drain = writer.drain();
    writer.close();

    Deadline.failure(ConnectionLostException.class, secured);
    Deadline.failure(ConnectionLostException.class, drain);
    assertEquals(
        new CloseReason(CloseReason.Kind.CLOSED, MIB, null),
        Deadline.get(writer.closeGracefully(Duration.ofSeconds(1))));
    assertEquals(0, pair.timers().waiting());
    assertFalse(pair.wire().left().isOpen());
  }

  @Test
  void close_before_the_clear_text_is_sent_sends_it_and_begins_no_handshake() {
    TlsOverWire pair = TlsOverWire.inTheClear();
    StreamWriter writer = pair.client().writer();
    pair.wire().left().holdWrites();
    writer.write(bytes("clear"));
    CompletableFuture<Void> secured = writer.startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);
    writer.write(bytes("secret"));
    writer.close();
    pair.wire().left().releaseWrites();

    Deadline.failure(ConnectionLostException.class, secured);
    assertEquals("clear", text(pair.wire().left().sent()));
    assertEquals(6, writer.closeReason().unsent());
    assertEquals(0, pair.timers().waiting());
  }

  // ---- a reset in the handshake ----

  @Test
  void what_came_with_the_end_of_a_handshake_is_delivered_before_the_reset() {
    CuttableWire wire = new CuttableWire();
    TlsOverWire.Ours ours = TlsOverWire.Ours.over(wire.left(), new VirtualTimers());
    CompletableFuture<Void> shaken =
        ours.writer().startTls(TlsOverWire.SERVER.withProtocols(TLS13), TlsSide.SERVER);
    SslEnginePeer peer = new SslEnginePeer(wire.right(), TlsOverWire.clientEngine(TLS13));
    ByteArrayOutputStream behindHello = new ByteArrayOutputStream();
    wire.right().disturb(piece -> keepBehindHello(piece, behindHello));
    peer.start();
    peer.say("last words");
    wire.left().holdWrites();
    wire.left().arrive(behindHello.toByteArray());
    assumeTrue(wire.left().holdsWrite(), "a server that sends no session ticket");
    wire.cutNow(CuttableWire.Cut.RESET);

    assertNull(Deadline.get(shaken));
    assertEquals("last words", text(Deadline.get(ours.reader().readExactly(10))));
    Deadline.failure(ConnectionLostException.class, ours.reader().read());
    assertEquals(CloseReason.Kind.RESET, ours.writer().closeReason().kind());
  }

  private static byte[] keepBehindHello(byte[] piece, ByteArrayOutputStream kept) {
    if (piece[0] == HANDSHAKE) {
      return piece;
    }
    kept.writeBytes(piece);
    return new byte[0];
  }

  // ---- the peer's end without close_notify ----

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void what_is_queued_is_sent_behind_the_peers_bare_end(String protocol) {
    TlsOverWire.Half half = TlsOverWire.server(protocol);
    half.wire().left().holdWrites();
    half.ours().writer().write(new byte[MIB]);
    half.ours().writer().write(bytes(",last"));
    half.peer().say("last words");
    half.wire().right().endOutput();
    assertEquals("last words", text(half.ours().reader().readExactly(10)));
    CompletableFuture<byte[]> more = half.ours().reader().read();
    half.wire().left().releaseWrites();

    TlsTruncationException cut = Deadline.failure(TlsTruncationException.class, more);
    assertEquals(MIB + 5, half.peer().heard().length());
    assertTrue(half.peer().heardGoodBye());
    assertSame(cut, Deadline.failure(TlsException.class, half.ours().writer().waitClosed()));
    assertEquals(
        new CloseReason(CloseReason.Kind.TLS_FAILURE, 0, cut), half.ours().writer().closeReason());
    assertNothingIsLeft(half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void a_bare_end_while_a_write_is_in_flight_that_fails_then_is_a_reset(String protocol) {
    TlsOverWire.Half half = TlsOverWire.server(protocol);
    half.wire().left().holdWrites();
    half.ours().writer().write(new byte[MIB]);
    half.wire().right().endOutput();
    half.wire().cutNow(CuttableWire.Cut.RESET);

    ConnectionLostException lost =
        Deadline.failure(ConnectionLostException.class, half.ours().writer().waitClosed());
    assertEquals(lost, Deadline.failure(IOException.class, half.ours().reader().read()));
    assertEquals(CloseReason.Kind.RESET, half.ours().writer().closeReason().kind());
    assertEquals(MIB, half.ours().writer().closeReason().unsent());
    assertNothingIsLeft(half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void a_bare_end_while_a_write_is_held_up_is_told_after_a_second(String protocol) {
    TlsOverWire.Half half = TlsOverWire.server(protocol);
    half.wire().left().holdWrites();
    half.ours().writer().write(new byte[MIB]);
    CompletableFuture<byte[]> read = half.ours().reader().read();
    half.wire().right().endOutput();
    half.timers().advance(LINGER.minusMillis(1));
    assertFalse(read.isDone());
    half.timers().advance(Duration.ofMillis(1));

    Deadline.failure(TlsTruncationException.class, read);
    assertFalse(half.ours().writer().waitClosed().isDone());
    half.wire().left().releaseWrites();
    assertEquals(MIB, half.peer().heard().length());
    assertNothingIsLeft(half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void F48_an_end_or_rubbish_instead_of_the_answer_to_our_good_bye_is_as_good(String protocol) {
    for (boolean rubbish : new boolean[] {true, false}) {
      TlsOverWire.Half half = TlsOverWire.client(protocol);
      half.peer().goDeaf();
      half.ours().writer().close();
      if (rubbish) {
        half.wire().left().arrive(new byte[1_000]);
      } else {
        half.wire().right().endOutput();
      }

      assertNull(Deadline.get(half.ours().writer().waitClosed()));
      assertNothingIsLeft(half);
    }
  }

  @Test
  void F48_the_peer_asks_for_new_keys_behind_our_good_bye() {
    TlsOverWire.Half half = TlsOverWire.client(TLS13);
    half.peer().goDeaf();
    half.ours().writer().close();
    half.peer().askForKeys();
    half.peer().say("still here");
    half.peer().sayGoodBye();

    assertNull(Deadline.get(half.ours().writer().waitClosed()));
    assertNothingIsLeft(half);
  }

  @Test
  void closing_ends_at_once_when_the_answer_to_a_question_for_keys_cannot_be_sent() {
    assumeFalse(CONSCRYPT, "BoringSSL answers a key update with the next data");
    TlsOverWire.Half half = TlsOverWire.client(TLS13);
    half.wire().left().holdWrites();
    half.peer().askForKeys();
    assertTrue(half.wire().left().holdsWrite());
    half.ours().writer().close();
    half.wire().cutNow(CuttableWire.Cut.RESET);

    Deadline.failure(ConnectionLostException.class, half.ours().writer().waitClosed());
    assertNothingIsLeft(half);
  }

  // ---- F48: the peer's close_notify ----

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void F48_the_peers_good_bye_is_the_end_and_is_answered(String protocol) {
    TlsOverWire.Half half = TlsOverWire.server(protocol);
    half.peer().say("last words");
    half.peer().sayGoodBye();

    assertEquals("last words", text(half.ours().reader().read()));
    assertTrue(half.ours().reader().atEof());
    assertTrue(half.ours().writer().isClosing());
    assertNull(Deadline.get(half.ours().writer().waitClosed()));
    assertTrue(half.peer().heardGoodBye());
    assertNothingIsLeft(half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void drain_is_content_when_the_peer_has_taken_everything_before_its_good_bye(String protocol) {
    TlsOverWire.Half half = TlsOverWire.server(protocol);
    StreamWriter writer = half.ours().writer();
    writer.write(bytes("all of it"));
    half.peer().sayGoodBye();
    assertNull(Deadline.get(writer.drain()));
    assertNull(Deadline.get(writer.waitClosed()));

    assertNull(Deadline.get(writer.drain()));
    writer.write(bytes("too late"));
    ConnectionLostException lost = Deadline.failure(ConnectionLostException.class, writer.drain());
    assertTrue(lost.getMessage().contains("the peer has closed it"), lost.getMessage());
  }

  @Test
  void F48_in_TLS_1_3_what_is_queued_is_flushed_behind_the_peers_good_bye() {
    assumeFalse(CONSCRYPT, "Conscrypt sends nothing behind the peer's close_notify");
    TlsOverWire.Half half = TlsOverWire.server(TLS13);
    half.wire().left().holdWrites();
    half.ours().writer().write(bytes("first,"));
    half.ours().writer().write(new byte[MIB]);
    half.ours().writer().write(bytes(",last"));
    half.peer().say("last words");
    half.peer().sayGoodBye();
    assertEquals("last words", text(half.ours().reader().read()));
    assertTrue(half.ours().writer().isClosing());
    half.wire().left().releaseWrites();

    assertNull(Deadline.get(half.ours().writer().waitClosed()));
    assertEquals(MIB + 11, half.peer().heard().length());
    assertTrue(half.peer().heard().endsWith(",last"));
    assertTrue(half.peer().heardGoodBye());
    assertNothingIsLeft(half);
  }

  @Test
  void F48_in_TLS_1_2_what_cannot_be_sent_behind_the_peers_good_bye_is_told() {
    TlsOverWire.Half half = TlsOverWire.server(TLS12);
    half.wire().left().holdWrites();
    half.ours().writer().write(new byte[MIB]);
    half.peer().say("last words");
    half.peer().sayGoodBye();
    assertEquals("last words", text(half.ours().reader().read()));
    half.wire().left().releaseWrites();

    ConnectionLostException lost =
        Deadline.failure(ConnectionLostException.class, half.ours().writer().waitClosed());
    assertTrue(lost.getMessage().contains("close_notify"), lost.getMessage());
    assertNothingIsLeft(half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void the_peers_good_bye_is_the_end_of_the_data_even_if_a_write_fails_then(String protocol) {
    TlsOverWire.Half half = TlsOverWire.server(protocol);
    half.wire().left().holdWrites();
    half.ours().writer().write(new byte[MIB]);
    half.peer().say("last words");
    half.peer().sayGoodBye();
    half.wire().cutNow(CuttableWire.Cut.RESET);

    assertEquals("last words", text(half.ours().reader().read()));
    Deadline.failure(ConnectionLostException.class, half.ours().writer().waitClosed());
    assertNothingIsLeft(half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void the_peers_good_bye_is_the_end_of_the_data_even_if_a_write_failed_before(String protocol) {
    TlsOverWire.Half half = TlsOverWire.server(protocol);
    half.ours().writer().transport().pauseReading();
    half.peer().say("last ");
    half.peer().say("words");
    half.peer().sayGoodBye();
    half.wire().right().abort();
    half.ours().writer().write(bytes("too late"));

    assertEquals("last words", text(half.ours().reader().read()));
    Deadline.failure(ConnectionLostException.class, half.ours().writer().waitClosed());
    assertEquals(CloseReason.Kind.RESET, half.ours().writer().closeReason().kind());
    assertNothingIsLeft(half);
  }

  @Test
  void an_end_without_good_bye_behind_a_write_that_failed_is_a_reset_whatever_the_options_say() {
    TlsOverWire.Half half = TlsOverWire.server(TLS13, /* truncationAsEof= */ true);
    half.ours().writer().transport().pauseReading();
    half.peer().say("last ");
    half.peer().say("words");
    half.wire().right().abort();
    half.ours().writer().write(bytes("too late"));

    assertEquals("last words", text(Deadline.get(half.ours().reader().readExactly(10))));
    Deadline.failure(ConnectionLostException.class, half.ours().reader().read());
    assertEquals(CloseReason.Kind.RESET, half.ours().writer().closeReason().kind());
    assertNothingIsLeft(half);
  }

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void what_came_before_the_good_bye_is_delivered_when_reading_goes_on(String protocol) {
    TlsOverWire.Half half = TlsOverWire.server(protocol);
    half.ours().writer().transport().pauseReading();
    half.peer().say("before,");
    for (int i = 0; i < 10; i++) {
      half.peer().send(new byte[16_000]);
    }
    half.peer().sayGoodBye();
    half.wire().right().endOutput();
    CompletableFuture<byte[]> all = half.ours().reader().read();
    half.ours().writer().transport().resumeReading();

    assertEquals(160_007, Deadline.get(all).length);
    assertNull(Deadline.get(half.ours().writer().waitClosed()));
    assertNothingIsLeft(half);
  }

  // ---- all that was written arrives ----

  @Test
  void F48_what_is_queued_before_closing_arrives_whole_at_a_slow_reader() throws Exception {
    byte[] sent = noise(4 * MIB, 48);
    MemoryStreams.Pair pair = shakenInMemory();
    pair.first().writer().write(sent);
    pair.first().writer().close();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] piece = Deadline.get(pair.second().reader().read(5_000));
    while (piece.length > 0) {
      all.writeBytes(piece);
      piece = Deadline.get(pair.second().reader().read(5_000));
    }

    assertArrayEquals(sent, all.toByteArray());
    assertNull(Deadline.get(pair.first().writer().waitClosed()));
    assertNull(Deadline.get(pair.second().writer().waitClosed()));
  }

  @Test
  void F48_what_is_queued_before_closing_arrives_whole_when_reading_is_paused() throws Exception {
    byte[] sent = noise(4 * MIB, 49);
    MemoryStreams.Pair pair = shakenInMemory();
    pair.first().writer().transport().pauseReading();
    pair.second().writer().transport().pauseReading();
    pair.second().writer().write(new byte[MIB]); // which nobody will read
    pair.first().writer().write(sent);
    pair.first().writer().close();
    CompletableFuture<byte[]> all = pair.second().reader().read();
    pair.second().writer().transport().resumeReading();

    assertArrayEquals(sent, Deadline.get(all));
    assertNull(Deadline.get(pair.first().writer().waitClosed()));
    assertNull(Deadline.get(pair.second().writer().waitClosed()));
  }

  private static MemoryStreams.Pair shakenInMemory() {
    MemoryStreams.Pair pair = MemoryStreams.pair();
    CompletableFuture<Void> there =
        pair.first().writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);
    Deadline.get(pair.second().writer().startTls(TlsOverWire.SERVER, TlsSide.SERVER));
    Deadline.get(there);
    return pair;
  }

  // ---- nothing is held ----

  @ParameterizedTest
  @ValueSource(strings = {TLS13, TLS12})
  void a_connection_that_has_ended_is_held_by_nobody(String protocol) {
    VirtualTimers timers = new VirtualTimers();
    CuttableWire wire = new CuttableWire();
    WeakReference<Connection> ended = endedOver(wire, timers, protocol);

    assertEquals(0, timers.waiting());
    GarbageCollection.collectUntil("the connection is collected", () -> ended.get() == null);
  }

  private static WeakReference<Connection> endedOver(
      CuttableWire wire, VirtualTimers timers, String protocol) {
    TlsOverWire.Ours server = TlsOverWire.Ours.over(wire.right(), timers);
    server.writer().startTls(TlsOverWire.SERVER.withProtocols(protocol), TlsSide.SERVER);
    TlsOverWire.Ours client = TlsOverWire.Ours.over(wire.left(), timers);
    client.writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT).join();
    client.writer().close();
    client.writer().waitClosed().join();
    return new WeakReference<>(client.connection());
  }

  private static void assertNothingIsLeft(TlsOverWire.Half half) {
    assertEquals(0, half.timers().waiting());
    assertFalse(half.wire().left().isOpen());
  }
}
