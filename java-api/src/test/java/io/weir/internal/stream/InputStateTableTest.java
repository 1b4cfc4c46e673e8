package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionLostException;
import io.weir.internal.stream.InputState.Answer;
import io.weir.testing.Approved;
import io.weir.testing.Texts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * All modes of the incoming half and all events, as the table {@code input.txt}: whether the
 * channel is read then, and what becomes of bytes that arrive.
 */
class InputStateTableTest {

  private static final int LIMIT = 4;

  private static final Map<String, Consumer<InputState>> STATES = new LinkedHashMap<>();
  private static final Map<String, Function<InputState, Object>> EVENTS = new LinkedHashMap<>();

  static {
    STATES.put("buffering", state -> {});
    STATES.put("buffering, held back", InputState::holdBack);
    STATES.put("buffering, paused", state -> state.pause(true));
    STATES.put("buffering, full", state -> arrive(state, "123456789"));
    STATES.put("buffering, a read pending", InputStateTableTest::read);
    STATES.put(
        "buffering, paused, a read pending",
        state -> {
          state.pause(true);
          read(state);
        });
    STATES.put("buffering, ended by hand", state -> state.end(StreamEnd.EOF));
    STATES.put("draining", InputState::drain);
    STATES.put(
        "draining, paused and full",
        state -> {
          state.pause(true);
          arrive(state, "123456789");
          state.drain();
        });
    STATES.put("discarding", InputState::discard);
    STATES.put("stopped", InputState::stop);
    STATES.put("ended", InputState::channelEnded);

    EVENTS.put("nothing", state -> "");
    EVENTS.put("a read", InputStateTableTest::read);
    EVENTS.put("pause", state -> did(() -> state.pause(true)));
    EVENTS.put("resume", state -> did(() -> state.pause(false)));
    EVENTS.put("updateRoom", state -> did(state::updateRoom));
    EVENTS.put("drain", state -> did(state::drain));
    EVENTS.put("discard", state -> did(state::discard));
    EVENTS.put("stop", state -> did(state::stop));
    EVENTS.put("channelEnded", state -> did(state::channelEnded));
    EVENTS.put("end", state -> did(() -> state.end(StreamEnd.EOF)));
    EVENTS.put("removeAll", state -> state.removeAll().length + " bytes");
  }

  private static Object did(Runnable event) {
    event.run();
    return "";
  }

  private static Answer read(InputState state) {
    return state.read(PendingRead.ofBytes(ReadFraming.exactly(20), "reader"), 0);
  }

  private static boolean arrive(InputState state, String text) {
    ByteBuffer shared = ByteBuffer.allocate(100).put(Texts.bytes(text));
    return state.received(shared, text.length());
  }

  private static InputState in(String state) {
    InputState input = new InputState(LIMIT);
    STATES.get(state).accept(input);
    return input;
  }

  @Test
  void every_event_in_every_mode_does_what_the_table_says() throws IOException {
    StringBuilder table = new StringBuilder();
    for (String state : STATES.keySet()) {
      table.append(state).append('\n');
      EVENTS.forEach(
          (event, does) -> {
            InputState input = in(state);
            Object answer = does.apply(input);
            String text = String.format("  %-14s %-10s %s", event, answer, seen(input));
            table.append(text.stripTrailing()).append('\n');
          });
      table.append('\n');
    }

    Approved.assertTable("input.txt", table.toString());
  }

  private static String seen(InputState input) {
    String flags =
        (input.wantsBytes() ? "reads the channel" : "does not read")
            + (input.isReading() ? ", for the program" : "")
            + (input.isDiscarding() ? ", discarding" : "")
            + (input.isStopped() ? ", stopped" : "")
            + (input.hasEnded() ? ", ended" : "");
    int before = input.bytes().size();
    boolean progress = arrive(input, "ab");
    int added = input.bytes().size() - before;
    return String.format(
        "%-48s 2 bytes: %s%s",
        flags, added == 2 ? "kept" : "thrown away", progress ? ", progress" : "");
  }

  @Test
  void the_channel_is_read_again_when_the_limit_is_left_and_no_earlier() {
    InputState input = in("buffering, full");
    assertFalse(input.wantsBytes());

    input.bytes().take(4);
    input.updateRoom();
    assertFalse(input.wantsBytes(), "5 of 4 are left");

    input.bytes().take(1);
    input.updateRoom();
    assertTrue(input.wantsBytes(), "4 of 4 are left");
  }

  @Test
  void a_second_read_is_refused_and_takes_the_place_of_one_that_was_cancelled() {
    InputState input = new InputState(LIMIT);
    PendingRead<byte[]> first = PendingRead.ofBytes(ReadFraming.exactly(2), "reader");
    assertEquals(Answer.PENDING, input.read(first, 7));
    assertEquals(7, input.pendingSince());
    assertEquals(Answer.REFUSED, read(input));

    first.cancel(false);

    assertNull(input.pendingSince());
    assertEquals(Answer.PENDING, read(input));
  }

  @Test
  void a_read_is_answered_once_and_what_is_left_stays() {
    InputState input = new InputState(LIMIT);
    PendingRead<byte[]> read = PendingRead.ofBytes(ReadFraming.exactly(2), "reader");
    input.read(read, 0);
    assertNull(input.answer());
    arrive(input, "abc");

    assertEquals(read, input.answer());
    assertNull(input.answer());

    read.run();
    assertEquals("ab", Texts.text(read));
    assertEquals("c", Texts.text(input.removeAll()));
  }

  @Test
  void the_first_end_stands() {
    InputState input = new InputState(LIMIT);
    IOException first = new IOException("first");
    input.end(new StreamEnd(first));
    input.end(StreamEnd.EOF);

    assertEquals(first, input.exception());
    assertEquals(first, input.failure());
    assertFalse(input.atEof());
  }

  @Test
  void the_end_by_a_server_that_stops_is_an_exception_and_no_failure() {
    InputState input = new InputState(LIMIT);
    input.end(StreamEnd.stopped());

    assertTrue(input.exception() instanceof ConnectionLostException);
    assertNull(input.failure());
    assertFalse(input.atEof());
  }
}
