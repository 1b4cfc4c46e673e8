package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.noise;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionLostException;
import io.weir.MemoryStreams;
import io.weir.ReadRequest;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.TlsSide;
import io.weir.testing.CuttableWire;
import io.weir.testing.Deadline;
import io.weir.testing.TlsOverWire;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS that starts in the middle of a connection. */
class StartTlsTest {

  private static final int MIB = 1024 * 1024;
  private static final Duration HANDSHAKE = TlsOptions.defaults().handshakeTimeout();

  private final TlsOverWire pair = TlsOverWire.inTheClear();
  private final TlsOverWire.Ours client = pair.client();
  private final TlsOverWire.Ours server = pair.server();

  private CompletableFuture<Void> startClient() {
    return client.writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);
  }

  private CompletableFuture<Void> startServer() {
    return server.writer().startTls(TlsOverWire.SERVER, TlsSide.SERVER);
  }

  private void startBoth() {
    CompletableFuture<Void> there = startClient();
    assertNull(Deadline.get(startServer()));
    assertNull(Deadline.get(there));
  }

  private void assertTheyTalk() {
    client.writer().write(bytes("ping\n"));
    assertEquals("ping\n", text(server.reader().readLine()));
    server.writer().write(bytes("pong\n"));
    assertEquals("pong\n", text(client.reader().readLine()));
  }

  private void assertNothingIsLeft() {
    assertEquals(0, pair.timers().waiting());
    assertFalse(pair.wire().left().isOpen());
  }

  // ---- F49: what somebody puts in between ----

  @Test
  void F49_a_client_that_finds_clear_text_in_its_reader_refuses_and_ends_the_connection() {
    server.writer().write(bytes("220 go ahead\r\n250 injected\r\n"));
    assertEquals("220 go ahead\r\n", text(client.reader().readLine()));

    TlsException injected = Deadline.failure(TlsException.class, startClient());

    assertEquals(TlsFailure.INJECTED, injected.failure());
    assertTrue(injected.getMessage().contains("14 bytes"), injected.getMessage());
    assertEquals(injected, Deadline.failure(TlsException.class, client.writer().waitClosed()));
    assertEquals(0, pair.wire().left().sent().length);
    assertNothingIsLeft();
  }

  @Test
  void F49_a_client_refuses_also_when_a_read_waits_for_more_than_was_put_in() {
    CompletableFuture<byte[]> waiting = client.reader().readExactly(100);
    server.writer().write(bytes("250 injected\r\n"));

    assertEquals(
        TlsFailure.INJECTED, Deadline.failure(TlsException.class, startClient()).failure());
    Deadline.failure(TlsException.class, waiting);
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 6, 14})
  void F49_what_is_put_in_a_moment_later_and_in_pieces_is_read_by_nobody(int size) {
    CompletableFuture<byte[]> waiting = client.reader().readLine();
    CompletableFuture<Void> shaken = startClient();
    byte[] injected = bytes("250 injected\r\n");
    for (int i = 0; i < injected.length && !shaken.isDone(); i += size) {
      int end = Math.min(injected.length, i + size);
      pair.wire().left().arrive(Arrays.copyOfRange(injected, i, end));
    }

    TlsException failure = Deadline.failure(TlsException.class, shaken);
    assertEquals(TlsFailure.NOT_TLS, failure.failure());
    assertEquals(failure, Deadline.failure(TlsException.class, waiting));
    assertNothingIsLeft();
  }

  @Test
  void F49_what_was_put_in_while_reading_is_paused_is_read_by_nobody() {
    client.writer().transport().pauseReading();
    server.writer().write(bytes("first\r\n")); // for the read that is under way
    server.writer().write(bytes("250 injected\r\n"));
    assertEquals("first\r\n", text(client.reader().readLine()));

    assertEquals(TlsFailure.NOT_TLS, Deadline.failure(TlsException.class, startClient()).failure());
    assertNothingIsLeft();
  }

  @Test
  void F49_commands_behind_STARTTLS_are_no_commands_that_came_through_TLS() {
    client.writer().write(bytes("STARTTLS\r\nMAIL FROM:<eve@example.org>\r\n"));
    assertEquals("STARTTLS\r\n", text(server.reader().readLine()));
    CompletableFuture<byte[]> next = server.reader().readLine();
    assertEquals("MAIL FROM:<eve@example.org>\r\n", text(next)); // it was asked for in the clear
    client.writer().write(bytes("RCPT TO:<eve@example.org>\r\n"));

    TlsException failure = Deadline.failure(TlsException.class, startServer());

    assertEquals(TlsFailure.NOT_TLS, failure.failure());
    assertEquals(failure, Deadline.failure(TlsException.class, server.reader().readLine()));
    assertFalse(pair.wire().right().isOpen());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 5, 6, 100})
  void F49_a_handshake_that_came_behind_STARTTLS_in_one_piece_or_in_two_goes_on(int inFirst) {
    List<byte[]> held = new ArrayList<>();
    client.writer().write(bytes("STARTTLS\r\n"));
    pair.wire().left().disturb(bytes -> keep(bytes, held));
    CompletableFuture<Void> there = startClient();
    byte[] hello = held.get(0);
    pair.wire().left().disturb(bytes -> bytes);
    pair.wire().right().arrive(Arrays.copyOf(hello, inFirst));
    assertEquals("STARTTLS\r\n", text(server.reader().readLine()));
    CompletableFuture<Void> here = startServer();
    pair.wire().right().arrive(Arrays.copyOfRange(hello, inFirst, hello.length));

    assertNull(Deadline.get(here));
    assertNull(Deadline.get(there));
    assertTheyTalk();
  }

  private static byte[] keep(byte[] bytes, List<byte[]> kept) {
    kept.add(bytes);
    return new byte[0];
  }

  // ---- F50: when it cannot be ----

  @Test
  void F50_a_second_start_is_refused_while_the_first_is_under_way_which_goes_on() {
    CompletableFuture<Void> first = startClient();

    Deadline.failure(IllegalStateException.class, startClient());

    assertNull(Deadline.get(startServer()));
    assertNull(Deadline.get(first));
    assertTheyTalk();
  }

  @Test
  void F50_TLS_in_TLS_in_TLS_carries_data_and_ends_in_order() {
    startBoth();
    assertTheyTalk();
    startBoth();
    assertTheyTalk();
    startBoth();
    assertTheyTalk();
    client.writer().close();

    assertEquals("", text(server.reader().read()));
    assertNull(Deadline.get(server.writer().waitClosed()));
    assertNull(Deadline.get(client.writer().waitClosed()));
    assertNothingIsLeft();
  }

  @Test
  void F50_TLS_in_TLS_that_fails_ends_the_connection() {
    startBoth();
    CompletableFuture<Void> inner = startClient();
    server.writer().write(bytes("not that"));

    assertEquals(TlsFailure.NOT_TLS, Deadline.failure(TlsException.class, inner).failure());
    Deadline.failure(TlsException.class, client.writer().waitClosed());
    assertNothingIsLeft();
  }

  @Test
  void F50_a_closed_an_aborted_and_a_lost_stream_cannot_start() {
    List<Consumer<TlsOverWire>> ends =
        List.of(
            open -> open.client().writer().close(),
            open -> open.client().writer().transport().abort(),
            open -> open.wire().cutNow(CuttableWire.Cut.RESET));
    for (Consumer<TlsOverWire> end : ends) {
      TlsOverWire open = TlsOverWire.inTheClear();
      end.accept(open);

      CompletableFuture<Void> refused =
          open.client().writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);

      Deadline.failure(ConnectionLostException.class, refused);
      assertEquals(0, open.timers().waiting());
    }
  }

  @Test
  void F50_it_is_refused_after_writeEof_and_nothing_is_changed() {
    client.writer().writeEof();

    Deadline.failure(IllegalStateException.class, startClient());

    server.writer().write(bytes("still here\n"));
    assertEquals("still here\n", text(client.reader().readLine()));
  }

  @Test
  void F50_a_peer_that_has_ended_its_half_is_lost_in_the_handshake() {
    server.writer().writeEof();
    assertEquals("", text(client.reader().read()));

    Deadline.failure(ConnectionLostException.class, startClient());

    assertNothingIsLeft();
  }

  // ---- F50: what is under way ----

  @Test
  void F50_mebibytes_that_are_queued_for_a_slow_peer_arrive_in_the_clear_before_the_handshake() {
    byte[] clear = noise(4 * MIB, 50);
    MemoryStreams.Pair slow = MemoryStreams.pair();
    slow.first().writer().write(clear);
    CompletableFuture<Void> there =
        slow.first().writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);
    slow.first().writer().write(bytes("over TLS"));
    assertFalse(there.isDone());
    byte[] heard = new byte[clear.length];
    for (int i = 0; i < heard.length; i += 4096) {
      System.arraycopy(Deadline.get(slow.second().reader().readExactly(4096)), 0, heard, i, 4096);
    }
    assertArrayEquals(clear, heard);

    assertNull(Deadline.get(slow.second().writer().startTls(TlsOverWire.SERVER, TlsSide.SERVER)));
    assertNull(Deadline.get(there));
    assertEquals("over TLS", text(slow.second().reader().readExactly(8)));
    slow.first().writer().close();
    assertNull(Deadline.get(slow.first().writer().waitClosed()));
  }

  @Test
  void F50_what_is_queued_counts_until_it_is_sent_and_drain_waits_through_the_switch() {
    pair.wire().left().holdWrites();
    client.writer().write(new byte[MIB]);
    CompletableFuture<Void> drain = client.writer().drain();
    CompletableFuture<Void> there = startClient();
    client.writer().write(new byte[MIB]);
    assertEquals(2 * MIB, client.writer().transport().getWriteBufferSize());
    CompletableFuture<byte[]> clear = server.reader().readExactly(MIB);
    pair.wire().left().releaseWrites();
    assertEquals(MIB, Deadline.get(clear).length);
    assertEquals(MIB, client.writer().transport().getWriteBufferSize());
    assertFalse(drain.isDone());

    assertNull(Deadline.get(startServer()));
    assertNull(Deadline.get(there));
    assertNull(Deadline.get(drain));
    assertEquals(MIB, Deadline.get(server.reader().readExactly(MIB)).length);
    assertEquals(0, client.writer().transport().getWriteBufferSize());
  }

  static Stream<Named<Consumer<StartTlsTest>>> waits() {
    return Stream.of(
        Named.of(
            "readLine",
            test -> test.assertSurvives(test.client.reader().readLine().thenApply(String::new))),
        Named.of(
            "readExactly",
            test ->
                test.assertSurvives(test.client.reader().readExactly(5).thenApply(String::new))),
        Named.of(
            "whenReady",
            test ->
                test.assertSurvives(
                    test.client
                        .reader()
                        .whenReady(ReadRequest.line())
                        .thenCompose(nothing -> test.client.reader().readLine())
                        .thenApply(String::new))));
  }

  @ParameterizedTest
  @MethodSource("waits")
  void F50_who_waits_for_data_gets_what_comes_through_TLS(Consumer<StartTlsTest> wait) {
    wait.accept(this);
  }

  private void assertSurvives(CompletableFuture<String> waiting) {
    startBoth();
    assertFalse(waiting.isDone());
    server.writer().write(bytes("line\n"));

    assertEquals("line\n", Deadline.get(waiting));
    assertTheyTalk();
  }

  @Test
  void F50_a_loop_over_lines_that_began_in_the_clear_goes_on_through_TLS() {
    List<String> lines = new ArrayList<>();
    CompletableFuture<Void> loop =
        server
            .reader()
            .forEachLine(
                line -> {
                  lines.add(text(line));
                  return CompletableFuture.completedFuture(null);
                });
    client.writer().write(bytes("clear\n"));
    CompletableFuture<Void> here = startServer();
    assertNull(Deadline.get(startClient()));
    assertNull(Deadline.get(here));
    client.writer().write(bytes("secret\n"));
    client.writer().close();

    assertNull(Deadline.get(loop));
    assertEquals(List.of("clear\n", "secret\n"), lines);
  }

  @Test
  void F50_reading_that_is_paused_stays_paused_and_hands_are_shaken_nevertheless() {
    client.writer().transport().pauseReading();
    startBoth();
    server.writer().write(bytes("line\n"));
    CompletableFuture<byte[]> line = client.reader().readLine();
    assertFalse(client.writer().transport().isReading());
    assertFalse(line.isDone());

    client.writer().transport().resumeReading();

    assertEquals("line\n", text(line));
  }

  @Test
  void F50_what_is_written_before_the_handshake_is_over_is_sent_behind_it() {
    CompletableFuture<Void> there = startClient();
    client.writer().write(bytes("early\n"));
    CompletableFuture<Void> here = startServer();
    assertEquals("early\n", text(server.reader().readLine()));
    assertNull(Deadline.get(here));
    assertNull(Deadline.get(there));
    assertFalse(text(pair.wire().left().sent()).contains("early"));
  }

  // ---- F50: given up ----

  @Test
  void F50_the_time_is_up_for_a_peer_that_is_silent() {
    CompletableFuture<Void> shaken = startClient();
    pair.timers().advance(HANDSHAKE.minusMillis(1));
    assertFalse(shaken.isDone());
    pair.timers().advance(Duration.ofMillis(1));

    TlsException late = Deadline.failure(TlsException.class, shaken);
    assertEquals(TlsFailure.TIMEOUT, late.failure());
    assertTrue(late.getMessage().contains("60 seconds"), late.getMessage());
    assertEquals(late, Deadline.failure(TlsException.class, client.writer().waitClosed()));
    assertNothingIsLeft();
  }

  @Test
  void F50_the_time_for_the_handshake_begins_when_all_is_sent_in_the_clear() {
    pair.wire().left().holdWrites();
    client.writer().write(bytes("in the clear"));
    CompletableFuture<Void> shaken = startClient();
    pair.timers().advance(HANDSHAKE.multipliedBy(2));
    assertFalse(shaken.isDone());
    pair.wire().left().releaseWrites();
    assertEquals("in the clear", text(server.reader().readExactly(12)));

    assertNull(Deadline.get(startServer()));
    assertNull(Deadline.get(shaken));
  }

  static Stream<Named<Consumer<Step>>> ends() {
    return Stream.of(
        Named.of("cancel", step -> step.shaken.cancel(true)),
        Named.of("close", step -> step.ours.writer().close()),
        Named.of("abort", step -> step.ours.writer().transport().abort()));
  }

  private record Step(TlsOverWire.Ours ours, CompletableFuture<Void> shaken) {}

  @ParameterizedTest
  @MethodSource("ends")
  void F50_a_handshake_can_be_given_up_by_either_side_at_every_step(Consumer<Step> end) {
    int steps = 0;
    for (boolean byServer : new boolean[] {false, true}) {
      boolean wasGivenUp = true;
      for (int i = 0; wasGivenUp; i++) {
        wasGivenUp = giveUpAt(i, byServer, end);
        steps++;
      }
    }
    assertTrue(steps > 8, "steps: " + steps);
  }

  /** False when hands were shaken before that piece of the handshake. */
  private static boolean giveUpAt(int piece, boolean byServer, Consumer<Step> end) {
    TlsOverWire pair = TlsOverWire.inTheClear();
    TlsOverWire.Ours ours = byServer ? pair.server() : pair.client();
    List<CompletableFuture<Void>> starts = new ArrayList<>();
    List<byte[]> pieces = new ArrayList<>();
    CompletableFuture<Void> given = new CompletableFuture<>();
    for (CuttableWire.End sender : List.of(pair.wire().left(), pair.wire().right())) {
      sender.disturb(
          bytes -> {
            pieces.add(bytes);
            if (pieces.size() == piece + 1) {
              given.complete(null);
            }
            return bytes;
          });
    }
    starts.add(pair.server().writer().startTls(TlsOverWire.SERVER, TlsSide.SERVER));
    given.thenRun(
        () -> {
          if (starts.size() == 2 || byServer) {
            end.accept(new Step(ours, starts.get(byServer ? 0 : 1)));
          }
        });
    starts.add(pair.client().writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT));
    if (given.isDone() && !ours.writer().isClosing()) {
      end.accept(new Step(ours, starts.get(byServer ? 0 : 1))); // in the client's first call
    }
    if (!given.isDone()) {
      return false;
    }
    if (ours.writer().isClosing()) {
      Deadline.await(
          "the other end has noticed", () -> starts.stream().allMatch(CompletableFuture::isDone));
      Deadline.get(ours.writer().waitClosed());
    }
    pair.client().writer().close();
    pair.server().writer().close();
    Deadline.await(
        "both have ended", () -> !pair.wire().left().isOpen() && !pair.wire().right().isOpen());
    assertEquals(0, pair.timers().waiting());
    return true;
  }

  @Test
  void F50_who_cancels_gets_no_more_and_the_peer_is_told() {
    CompletableFuture<Void> there = startClient();
    CompletableFuture<byte[]> waiting = client.reader().readLine();
    there.cancel(true);

    Deadline.failure(CancellationException.class, there);
    assertEquals("", text(waiting));
    assertNull(Deadline.get(client.writer().waitClosed()));
    Deadline.failure(ConnectionLostException.class, startServer());
    assertNothingIsLeft();
  }
}
