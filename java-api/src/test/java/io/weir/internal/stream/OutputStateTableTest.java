package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.stream.OutputState.Step;
import io.weir.internal.stream.OutputState.Write;
import io.weir.testing.Approved;
import io.weir.testing.ScriptedChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** All phases of the outgoing half and all events, as the table {@code output.txt}. */
class OutputStateTableTest {

  private static final int SMALL = 10;
  private static final int LARGE = 100_000;

  private static final Map<String, Consumer<OutputState>> STATES = new LinkedHashMap<>();
  private static final Map<String, Function<OutputState, Object>> EVENTS = new LinkedHashMap<>();

  private static final long NOW = 7;

  static {
    STATES.put("running, nothing queued", state -> {});
    STATES.put("running, a write now under way", state -> state.write(bytes(SMALL), false));
    STATES.put("running, some queued", state -> state.write(bytes(SMALL), true));
    STATES.put("running, a write under way", OutputStateTableTest::inFlight);
    STATES.put("running, over the high watermark", OutputStateTableTest::full);
    STATES.put("running, EOF asked", OutputState::writeEof);
    STATES.put(
        "running, EOF sent",
        state -> {
          state.writeEof();
          state.next(NOW);
          state.sentEof();
        });
    STATES.put("running, a channel to switch to", state -> state.switchTo(new ScriptedChannel()));
    STATES.put("finishing, nothing queued", state -> state.finish(false));
    STATES.put(
        "finishing, some queued",
        state -> {
          state.write(bytes(SMALL), true);
          state.finish(false);
        });
    STATES.put(
        "finishing, EOF asked",
        state -> {
          state.writeEof();
          state.finish(false);
        });
    STATES.put(
        "finishing by the peer, some queued",
        state -> {
          state.write(bytes(SMALL), true);
          state.finish(true);
        });
    STATES.put("flushed", state -> flush(state, false));
    STATES.put("flushed by the peer", state -> flush(state, true));
    STATES.put("stopped", state -> state.stop(new IOException("lost")));
    STATES.put(
        "stopped, a write under way",
        state -> {
          inFlight(state);
          state.stop(new IOException("lost"));
        });
    STATES.put(
        "stopped after it was flushed by the peer",
        state -> {
          flush(state, true);
          state.stop(new IOException("lost"));
        });

    EVENTS.put("write a few bytes", state -> state.write(bytes(SMALL), false));
    EVENTS.put("write a few bytes, corked", state -> state.write(bytes(SMALL), true));
    EVENTS.put("hold a few bytes", state -> state.hold(new byte[SMALL], 0, SMALL));
    EVENTS.put("hold many bytes", state -> state.hold(new byte[LARGE], 0, LARGE));
    EVENTS.put("hold no bytes", state -> state.hold(new byte[0], 0, 0));
    EVENTS.put("write many bytes", state -> state.write(bytes(LARGE), false));
    EVENTS.put("write nothing", state -> state.write(bytes(0), false));
    EVENTS.put("queue copies", state -> state.queue(List.of(bytes(LARGE))));
    EVENTS.put("writeEof", OutputState::writeEof);
    EVENTS.put("is it writing?", OutputState::isWriting);
    EVENTS.put("drain", state -> shown(state.drain()));
    EVENTS.put("finish", state -> did(() -> state.finish(false)));
    EVENTS.put("finish by the peer", state -> did(() -> state.finish(true)));
    EVENTS.put("stop", state -> did(() -> state.stop(new IOException("broken"))));
    EVENTS.put("next", state -> state.next(NOW));
    EVENTS.put(
        "removeDrainsIfClosed",
        state -> {
          state.watermarks().addDrain(state);
          return state.removeDrainsIfClosed().size() + " removed";
        });
    EVENTS.put("writingSince", state -> String.valueOf(state.writingSince()));
    EVENTS.put("next, and next again", state -> state.next(NOW) + ", " + state.next(NOW));
  }

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocate(count);
  }

  private static void inFlight(OutputState state) {
    state.write(bytes(SMALL), true);
    state.next(NOW);
  }

  private static void full(OutputState state) {
    state.queue(List.of(bytes(LARGE)));
    state.next(NOW);
  }

  private static void flush(OutputState state, boolean byPeer) {
    state.finish(byPeer);
    assertEquals(Step.FLUSHED, state.next(NOW));
  }

  private static String did(Runnable event) {
    event.run();
    return "-";
  }

  private static String shown(CompletableFuture<?> drain) {
    if (drain == null) {
      return "waits";
    }
    return drain.isCompletedExceptionally()
        ? "fails: " + drain.handle((nothing, error) -> error.getMessage()).join()
        : "done";
  }

  private static OutputState in(String state) {
    OutputState output = new OutputState(new ScriptedChannel());
    STATES.get(state).accept(output);
    return output;
  }

  @Test
  void every_event_in_every_phase_does_what_the_table_says() throws IOException {
    StringBuilder table = new StringBuilder();
    for (String state : STATES.keySet()) {
      table.append(state).append(": ").append(seen(in(state))).append('\n');
      EVENTS.forEach(
          (event, does) -> {
            OutputState output = in(state);
            Object answer = does.apply(output);
            table.append(String.format("  %-28s %-24s %s%n", event, answer, seen(output)));
          });
      table.append('\n');
    }

    Approved.assertTable("output.txt", table.toString());
  }

  private static String seen(OutputState output) {
    return output.size()
        + " queued, "
        + output.unsent()
        + " unsent if closed"
        + (output.hasWork() ? ", has work" : "")
        + (output.hasWrittenEof() ? ", EOF" : "")
        + (output.operation().isIdle() ? "" : ", busy")
        + (output.watermarks().isPaused() ? ", paused" : "");
  }

  @Test
  void the_fifth_write_that_is_dropped_is_logged_and_no_other() {
    OutputState output = in("flushed");
    for (int dropped = 1; dropped < 20; dropped++) {
      assertEquals(
          dropped == 5 ? Write.DROPPED_WITH_WARNING : Write.NOTHING,
          output.write(bytes(SMALL), false));
    }
  }

  @Test
  void the_rest_of_a_write_goes_before_what_was_queued_meanwhile() {
    OutputState output = new OutputState(new ScriptedChannel());
    assertEquals(Write.NOW, output.write(bytes(SMALL), false));
    assertEquals(Write.QUEUED, output.write(ByteBuffer.wrap(new byte[] {2}), false));

    output.wroteNow(List.of(ByteBuffer.wrap(new byte[] {1})));

    assertEquals(Step.WRITE, output.next(NOW));
    assertEquals(1, output.queue().batch()[0].get(0));
    assertEquals(2, output.queue().batch()[1].get(0));
    assertEquals(2, output.batchSize());
  }

  @Test
  void a_write_that_completes_after_the_stop_keeps_the_channel_to_itself() {
    OutputState output = new OutputState(new ScriptedChannel());
    inFlight(output);
    StreamFuture<Void> drain = output.watermarks().addDrain(this);
    assertEquals(List.of(drain), output.stop(new IOException("lost")));
    output.operation().completed(10L, null);

    assertEquals(List.of(), output.wrote());

    assertEquals(Step.NOTHING, output.next(NOW));
    assertEquals(10, output.unsent());
  }

  @Test
  void a_switch_of_channels_comes_behind_what_was_queued_and_before_what_is_queued_then() {
    ScriptedChannel next = new ScriptedChannel();
    OutputState output = new OutputState(new ScriptedChannel());
    output.write(bytes(SMALL), true);
    output.switchTo(next);
    output.write(bytes(3), false);
    assertEquals(13, output.size());

    assertEquals(Step.WRITE, output.next(NOW));
    output.queue().batch()[0].position(SMALL); // as the channel moves it
    output.operation().completed((long) SMALL, null);
    assertEquals(List.of(), output.wrote());
    assertEquals(Step.SWITCH, output.next(NOW));

    assertEquals(next, output.channel());
    assertEquals(Step.WRITE, output.next(NOW));
    assertEquals(3, output.queue().batch()[0].remaining());
  }
}
