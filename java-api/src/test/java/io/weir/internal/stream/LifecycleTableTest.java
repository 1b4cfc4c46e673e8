package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.CloseReason.Kind;
import io.weir.LimitOverrunException;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.stream.Lifecycle.Step;
import io.weir.testing.Approved;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * All states of a connection and all events, as the table {@code lifecycle.txt}: the state after
 * the event, and the step. {@link ConnectionTableTest} drives a connection through the same.
 */
class LifecycleTableTest {

  private static final Map<String, Consumer<Lifecycle>> STATES = new LinkedHashMap<>();
  private static final Map<String, Function<Lifecycle, Object>> EVENTS = new LinkedHashMap<>();
  private static final Map<String, String> REASONS = new LinkedHashMap<>();

  static {
    STATES.put("Open", state -> {});
    STATES.put("Open, peer has closed its half", state -> state.peerClosedHalf(false));
    STATES.put("Open, server stops", Lifecycle::stopServing);
    STATES.put("Doubting", state -> state.peerClosedHalf(true));
    STATES.put("Doubting, input cut off", state -> state.inputCut(cut(), true));
    STATES.put("Closing", Lifecycle::close);
    STATES.put("Closing, peer has closed", Lifecycle::peerClosed);
    STATES.put("Closing, handler failed", state -> state.closeBecause(new Exception("bug")));
    STATES.put("Closing, aborted", state -> state.abort(Kind.ABORTED));
    STATES.put("Lingering", LifecycleTableTest::linger);
    STATES.put("DrainingInput", state -> state.writeFailed(new IOException("Broken pipe"), true));
    STATES.put("FlushingOutput", state -> state.inputCut(cut(), false));
    STATES.put("Closed", state -> state.finish(state.outcome(null, 0)));

    EVENTS.put("peerClosedHalf, no write in flight", state -> state.peerClosedHalf(false));
    EVENTS.put("peerClosedHalf, write in flight", state -> state.peerClosedHalf(true));
    EVENTS.put("peerClosed", Lifecycle::peerClosed);
    EVENTS.put("inputCut, no write in flight", state -> state.inputCut(cut(), false));
    EVENTS.put("inputCut, write in flight", state -> state.inputCut(cut(), true));
    EVENTS.put("writeSucceeded", Lifecycle::writeSucceeded);
    EVENTS.put("writeFailed, may have input", state -> state.writeFailed(laterLoss(), true));
    EVENTS.put("writeFailed, no input", state -> state.writeFailed(laterLoss(), false));
    EVENTS.put("close", Lifecycle::close);
    EVENTS.put("closeBecause, handler failed", state -> state.closeBecause(new Exception("bug")));
    EVENTS.put(
        "closeBecause, limit",
        state -> state.closeBecause(new LimitOverrunException("line is long", 9)));
    EVENTS.put("stopServing", Lifecycle::stopServing);
    EVENTS.put("flushed, lingers", state -> state.flushed(true));
    EVENTS.put("flushed", state -> state.flushed(false));
    EVENTS.put("timeIsUp of this state", state -> state.timeIsUp(state.state()));
    EVENTS.put("timeIsUp of another state", state -> state.timeIsUp(new Lifecycle(0).state()));
    EVENTS.put("cutShort, all handed over", state -> state.cutShort(Kind.TIMED_OUT, true));
    EVENTS.put("cutShort, some left", state -> state.cutShort(Kind.TIMED_OUT, false));
    EVENTS.put("handshakeFailed", Lifecycle::handshakeFailed);
    EVENTS.put("abort", state -> state.abort(Kind.ABORTED));

    because("Open", "peerClosedHalf, write in flight", "the read may have hidden a reset");
    because("Open", "writeFailed, may have input", "an answer that says why may be in the kernel");
    because("Open", "flushed, lingers", "cannot be: only a queue that finishes is flushed");
    because("Open", "flushed", "cannot be: only a queue that finishes is flushed");
    because("Open", "timeIsUp of this state", "has no limit; a timer came too late for its state");
    because("Closing", "timeIsUp of this state", "has no limit but that of cutShort");
    because("Open, server stops", "peerClosedHalf, no write in flight", "this side decided first");
    because("Open, server stops", "peerClosed", "this side decided first");
    because("Open, server stops", "close", "the program only does what the server has begun");
    because("Open, peer has closed its half", "close", "the peer was first");
    because("Doubting", "peerClosedHalf, write in flight", "cannot be: the input has ended");
    because("Doubting", "writeFailed, may have input", "the reset that was in doubt: nothing left");
    because("Doubting", "timeIsUp of this state", "no reset came, so the EOF was one");
    because("Doubting", "close", "the write that is in flight is still written");
    because("Closing", "cutShort, all handed over", "keeps its reason: nothing is lost");
    because("Closing", "peerClosedHalf, no write in flight", "what is queued is still written");
    because("Closing, handler failed", "abort", "an abort is a decision of its own");
    because("Lingering", "close", "everything is written; only the peer is waited for");
    because("Lingering", "cutShort, some left", "everything has been handed over");
    because("Lingering", "writeFailed, no input", "cannot be: nothing is being written");
    because("DrainingInput", "close", "keeps RESET: the loss came first");
    because("DrainingInput", "abort", "keeps RESET: the loss came first");
    because("DrainingInput", "cutShort, some left", "keeps RESET: the loss came first");
    because("DrainingInput", "cutShort, all handed over", "keeps RESET: the loss came first");
    because("DrainingInput", "closeBecause, handler failed", "keeps RESET: the loss came first");
    because("DrainingInput", "stopServing", "the input ends with the loss");
    because("Open", "inputCut, write in flight", "the read may have hidden a reset");
    because("Doubting, input cut off", "timeIsUp of this state", "no reset came: a truncation");
    because("Doubting, input cut off", "close", "the program wants no more input");
    because("Closing", "inputCut, no write in flight", "what is queued is still written");
    because("DrainingInput", "inputCut, no write in flight", "keeps RESET: the loss came first");
    because("FlushingOutput", "close", "what is queued is being written already");
    because("FlushingOutput", "abort", "keeps TLS_FAILURE: the loss came first");
    because("FlushingOutput", "writeFailed, may have input", "keeps TLS_FAILURE: it came first");
    because("FlushingOutput", "peerClosed", "cannot be: the input has ended");
    because("Closing", "handshakeFailed", "keeps its reason: closing came first");
    because("Closed", "flushed", "aborted between the last write and this: closing is harmless");
  }

  private static void because(String state, String event, String reason) {
    REASONS.put(state + "/" + event, reason);
  }

  private static IOException laterLoss() {
    return new IOException("Connection reset");
  }

  private static TlsException cut() {
    return new TlsException(TlsFailure.TRUNCATED, "the stream was cut", null);
  }

  private static void linger(Lifecycle state) {
    state.close();
    state.flushed(true);
  }

  private static Lifecycle in(String state) {
    Lifecycle lifecycle = new Lifecycle(0);
    STATES.get(state).accept(lifecycle);
    return lifecycle;
  }

  @Test
  void every_event_in_every_state_does_what_the_table_says() throws IOException {
    StringBuilder table = new StringBuilder();
    TreeSet<String> unused = new TreeSet<>(REASONS.keySet());
    for (String state : STATES.keySet()) {
      String before = shown(in(state).state());
      table.append(state).append(": ").append(before).append('\n');
      EVENTS.forEach(
          (event, does) -> {
            Lifecycle lifecycle = in(state);
            Object step = does.apply(lifecycle);
            String after = shown(lifecycle.state());
            String key = state + "/" + event;
            unused.remove(key);
            table.append(
                row(
                    event,
                    after.equals(before) ? "" : after,
                    String.valueOf(step),
                    REASONS.get(key)));
          });
      table.append('\n');
    }

    assertEquals(new TreeSet<>(), unused, "reasons of cells that do not exist");
    Approved.assertTable("lifecycle.txt", table.toString());
  }

  private static String row(String event, String after, String step, String reason) {
    String cells = String.format("  %-36s %-14s %s", event, step.replace("NOTHING", "-"), after);
    String withReason = reason == null ? cells : String.format("%-100s # %s", cells, reason);
    return withReason.stripTrailing() + '\n';
  }

  private static String shown(Lifecycle.State state) {
    if (state instanceof Lifecycle.Open open) {
      return "Open(" + open.kind() + ")";
    }
    if (state instanceof Lifecycle.Doubting doubting) {
      return "Doubting(" + doubting.kind() + (doubting.cut() == null ? ")" : ", input cut off)");
    }
    if (state instanceof Lifecycle.Closing it) {
      return "Closing" + shown(it.kind(), it.cause(), it.byPeer());
    }
    if (state instanceof Lifecycle.Lingering it) {
      return "Lingering" + shown(it.kind(), it.cause(), it.byPeer());
    }
    if (state instanceof Lifecycle.DrainingInput draining) {
      return "DrainingInput(" + draining.loss().getMessage() + ")";
    }
    if (state instanceof Lifecycle.FlushingOutput flushing) {
      return "FlushingOutput(" + flushing.loss().getMessage() + ")";
    }
    return "Closed(" + ((Lifecycle.Closed) state).reason().kind() + ")";
  }

  private static String shown(Kind kind, Throwable cause, boolean byPeer) {
    return "("
        + kind
        + (cause == null ? "" : ", " + cause.getMessage())
        + (byPeer ? ", by peer" : "")
        + ")";
  }

  @Test
  void the_outcome_of_every_state_is_what_the_table_says() throws IOException {
    Map<String, IOException> losses = new LinkedHashMap<>();
    losses.put("nothing", null);
    losses.put("a reset", laterLoss());
    losses.put(
        "a TLS alert",
        new TlsException(TlsFailure.CERTIFICATE_REFUSED, "the peer refuses the certificate", null));
    losses.put("a TLS stream that was cut", cut());
    losses.put("a timeout", ConnectionLoss.ofTimeout("idle"));
    StringBuilder table = new StringBuilder();
    for (String state : STATES.keySet()) {
      table.append(state).append(": ").append(shown(in(state).state())).append('\n');
      losses.forEach(
          (name, loss) -> {
            Lifecycle lifecycle = in(state);
            Lifecycle.Closed unseen = lifecycle.outcome(loss, 7);
            lifecycle.addWaiter(new StreamFuture<>());
            Lifecycle.Closed awaited = lifecycle.outcome(loss, 7);
            assertFalse(awaited.unreported());
            String reported = unseen.unreported() ? ", unreported if nobody waits" : "";
            String text =
                String.format(
                    "  broken by %-28s %-16s loss: %s%s",
                    name,
                    unseen.reason().kind(),
                    unseen.loss() == null ? "-" : unseen.loss().getMessage(),
                    reported);
            table.append(text).append('\n');
          });
      table.append('\n');
    }

    Approved.assertTable("lifecycle-outcomes.txt", table.toString());
  }

  @Test
  void an_outcome_changes_nothing_before_it_is_reached() {
    for (String name : STATES.keySet()) {
      Lifecycle lifecycle = in(name);
      Lifecycle.State before = lifecycle.state();
      lifecycle.outcome(laterLoss(), 3);
      assertSame(before, lifecycle.state());
    }
  }

  @Test
  void a_timer_that_fires_for_a_state_without_a_limit_changes_nothing() {
    // Between the decision to wait and the start of the timer another thread may have moved on: the
    // write in flight has succeeded, so the connection is open; or the program has closed it.
    for (String name : STATES.keySet()) {
      Lifecycle lifecycle = in(name);
      Lifecycle.State before = lifecycle.state();
      boolean limited =
          before instanceof Lifecycle.Doubting
              || before instanceof Lifecycle.Lingering
              || before instanceof Lifecycle.DrainingInput;
      if (!limited) {
        assertEquals(Step.NOTHING, lifecycle.timeIsUp(before), name);
        assertSame(before, lifecycle.state(), name);
      }
    }
  }

  @Test
  void that_the_peer_has_closed_is_known_when_the_connection_is_closed_too() {
    Lifecycle lifecycle = new Lifecycle(0);
    lifecycle.peerClosed();
    assertTrue(lifecycle.isClosedByPeer());

    lifecycle.finish(lifecycle.outcome(null, 0));

    assertTrue(lifecycle.isClosedByPeer());
  }

  @Test
  void what_is_closed_has_a_reason_and_what_is_open_has_none() {
    STATES.forEach(
        (name, make) -> {
          Lifecycle lifecycle = in(name);
          assertEquals(lifecycle.isClosed(), lifecycle.reason() != null, name);
          if (!lifecycle.isClosed()) {
            lifecycle.finish(lifecycle.outcome(null, 0));
          }
          assertTrue(lifecycle.isClosed());
          assertFalse(lifecycle.isOpen());
        });
    assertNull(new Lifecycle(0).loss());
  }
}
