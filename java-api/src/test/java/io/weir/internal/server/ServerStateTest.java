package io.weir.internal.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.CloseReason.Kind;
import io.weir.ShutdownReport;
import io.weir.internal.channel.MemoryChannel;
import io.weir.internal.concurrent.VirtualTimers;
import io.weir.internal.server.GracefulShutdown.Phase;
import io.weir.internal.stream.Connection;
import io.weir.internal.stream.ConnectionSettings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The states of a server and what each event does to them. */
class ServerStateTest {

  private static final int MAX = 2;

  private final Connection one = connection();
  private final Connection other = connection();

  private static Connection connection() {
    return new Connection(
        MemoryChannel.pair(1).left(), ConnectionSettings.of(1), new VirtualTimers(), closed -> {});
  }

  /**
   * One line for each state and event: what the event returns, and the state after it, "=" when it
   * is the same. An event that returns null cannot come in that state, and has no line.
   */
  private static <S> String table(
      Map<String, Supplier<S>> states, Map<String, Function<S, Object>> events) {
    StringBuilder table = new StringBuilder();
    states.forEach(
        (name, state) -> {
          table.append(name).append(" [").append(state.get()).append("]\n");
          events.forEach(
              (event, action) -> {
                S changed = state.get();
                Object step = action.apply(changed);
                if (step != null) {
                  String after = changed.toString();
                  table.append("  %-9s %-17s".formatted(event, step));
                  table.append(after.equals(state.get().toString()) ? "=" : after).append('\n');
                }
              });
        });
    return table.toString();
  }

  private static <S> Function<S, Object> nothing(Consumer<S> action) {
    return state -> {
      action.accept(state);
      return "-";
    };
  }

  // ---- admission ----

  @SafeVarargs
  private static Supplier<Admission> admission(Consumer<Admission>... before) {
    return () -> {
      Admission admission = new Admission(MAX);
      for (Consumer<Admission> event : before) {
        event.accept(admission);
      }
      return admission;
    };
  }

  private static void admit(Admission admission) {
    admission.admit(MemoryChannel.pair(1).left());
  }

  private static boolean isStopping(Admission admission) {
    return admission.isStopped() && !admission.isClosed();
  }

  @Test
  void each_event_of_each_state_of_admission() {
    Consumer<Admission> admit = ServerStateTest::admit;
    Map<String, Supplier<Admission>> states = new LinkedHashMap<>();
    states.put("waiting", admission());
    states.put("waiting, paused", admission(Admission::pause));
    states.put("serving", admission(Admission::start, admit));
    states.put("full", admission(Admission::start, admit, admit, admit));
    states.put("paused", admission(Admission::start, admit, Admission::pause, admit));
    states.put("paused, full", admission(Admission::start, admit, admit, Admission::pause));
    states.put("stopping", admission(Admission::start, admit, Admission::stop));
    states.put("closed", admission(Admission::start, admit, Admission::stop, Admission::close));
    Map<String, Function<Admission, Object>> events = new LinkedHashMap<>();
    events.put("start", nothing(Admission::start));
    events.put("pause", nothing(Admission::pause));
    events.put("resume", Admission::resume);
    events.put("admit", state -> state.admit(MemoryChannel.pair(1).left()));
    events.put("admitHeld", state -> state.admitHeld() != null);
    events.put("release", state -> state.toString().contains(" 0+") ? null : state.release());
    events.put("stop", nothing(Admission::stop));
    events.put("close", state -> isStopping(state) ? nothing(Admission::close).apply(state) : null);
    events.put("hasRoom", Admission::hasRoom);
    events.put("isServing", Admission::isServing);

    assertEquals(
        """
        waiting [WAITING 0+0]
          start     -                SERVING 0+0
          pause     -                WAITING_PAUSED 0+0
          resume    false            =
          admit     HOLD             WAITING 0+1
          admitHeld false            =
          stop      -                STOPPING 0+0
          hasRoom   false            =
          isServing false            =
        waiting, paused [WAITING_PAUSED 0+0]
          start     -                PAUSED 0+0
          pause     -                =
          resume    false            WAITING 0+0
          admit     HOLD             WAITING_PAUSED 0+1
          admitHeld false            =
          stop      -                STOPPING 0+0
          hasRoom   false            =
          isServing false            =
        serving [SERVING 1+0]
          start     -                =
          pause     -                PAUSED 1+0
          resume    false            =
          admit     SERVE            SERVING 2+0
          admitHeld false            =
          release   false            SERVING 0+0
          stop      -                STOPPING 1+0
          hasRoom   true             =
          isServing true             =
        full [SERVING 2+1]
          start     -                =
          pause     -                PAUSED 2+1
          resume    false            =
          admit     HOLD             SERVING 2+2
          admitHeld false            =
          release   true             SERVING 1+1
          stop      -                STOPPING 2+1
          hasRoom   false            =
          isServing true             =
        paused [PAUSED 1+1]
          start     -                =
          pause     -                =
          resume    true             SERVING 1+1
          admit     HOLD             PAUSED 1+2
          admitHeld false            =
          release   false            PAUSED 0+1
          stop      -                STOPPING 1+1
          hasRoom   false            =
          isServing true             =
        paused, full [PAUSED 2+0]
          start     -                =
          pause     -                =
          resume    false            SERVING 2+0
          admit     HOLD             PAUSED 2+1
          admitHeld false            =
          release   false            PAUSED 1+0
          stop      -                STOPPING 2+0
          hasRoom   false            =
          isServing true             =
        stopping [STOPPING 1+0]
          start     -                =
          pause     -                =
          resume    false            =
          admit     REFUSE           =
          admitHeld false            =
          release   false            STOPPING 0+0
          stop      -                =
          close     -                CLOSED 1+0
          hasRoom   false            =
          isServing false            =
        closed [CLOSED 1+0]
          start     -                =
          pause     -                =
          resume    false            =
          admit     REFUSE           =
          admitHeld false            =
          release   false            CLOSED 0+0
          stop      -                =
          hasRoom   false            =
          isServing false            =
        """,
        table(states, events));
  }

  // ---- connections ----

  private void serve(ServerState state, Connection connection) {
    ServerStateTest.admit(state.admission());
    assertTrue(state.opened(connection));
  }

  /** A server with two open connections, of which the handler of one runs. */
  private ServerState serving() {
    ServerState state = new ServerState(MAX);
    state.admission().start();
    serve(state, one);
    serve(state, other);
    state.handlerStarted(one);
    return state;
  }

  /** A server with one connection whose handler runs. */
  private ServerState last() {
    ServerState state = serving();
    state.closed(other, Kind.CLOSED);
    return state;
  }

  private static ServerState stopped(ServerState state) {
    state.admission().stop();
    return state;
  }

  private static ServerState closed(ServerState state) {
    stopped(state).close();
    return state;
  }

  private ServerState withoutOpen(ServerState state) {
    state.closed(one, Kind.CLOSED_BY_PEER);
    return state;
  }

  private ServerState outlived() {
    return withoutOpen(closed(last()));
  }

  private static ServerState shutDown(ServerState state, Phase... phases) {
    closed(state);
    state.shutDown(10, 20);
    for (Phase phase : phases) {
      state.enter(phase);
    }
    return state;
  }

  private @Nullable Object closeOne(ServerState state, Kind how) {
    return state.open().isEmpty() ? null : state.closed(one, how);
  }

  private static Function<ServerState, Object> whenNotServing(Function<ServerState, Object> event) {
    return state -> state.admission().isStopped() ? event.apply(state) : null;
  }

  private static Function<ServerState, Object> whenShuttingDown(
      Function<ServerState, Object> event) {
    return state -> state.shutdown().phase() == Phase.NOT_STARTED ? null : event.apply(state);
  }

  @Test
  void each_event_of_each_state_of_the_connections() {
    Map<String, Supplier<ServerState>> states = new LinkedHashMap<>();
    states.put("serving", this::serving);
    states.put("serving the last", this::last);
    states.put("stopping, one open", () -> stopped(last()));
    states.put("stopping, a handler runs", () -> withoutOpen(stopped(last())));
    states.put("closed, one open", () -> closed(last()));
    states.put("closed, a handler runs", this::outlived);
    states.put("leaving alone", () -> shutDown(last()));
    states.put(
        "leaving alone, the handler returned",
        () -> {
          ServerState state = last();
          state.handlerReturned(one);
          return shutDown(state);
        });
    states.put("leaving alone, a handler runs", () -> shutDown(outlived()));
    states.put("closing", () -> shutDown(last(), Phase.CLOSING));
    states.put("closing, a handler runs", () -> shutDown(outlived(), Phase.CLOSING));
    states.put("aborting", () -> shutDown(last(), Phase.CLOSING, Phase.ABORTING));
    states.put("over", () -> shutDown(outlived(), Phase.ABORTING));
    states.put(
        "stopping, shut down, a handler runs",
        () -> {
          ServerState state = withoutOpen(stopped(last()));
          state.shutDown(10, 20);
          return state;
        });
    Map<String, Function<ServerState, Object>> events = new LinkedHashMap<>();
    events.put("close", state -> isStopping(state.admission()) ? state.close() : null);
    events.put("returned", state -> state.handlerReturned(one));
    events.put("peerLeft", state -> state.peerClosed(one));
    events.put("closed", state -> closeOne(state, Kind.CLOSED));
    events.put("stopped", state -> closeOne(state, Kind.SERVER_STOPPING));
    events.put("shutDown", whenNotServing(state -> state.shutDown(1, 2)));
    events.put("CLOSING", whenShuttingDown(state -> state.enter(Phase.CLOSING)));
    events.put("ABORTING", whenShuttingDown(state -> state.enter(Phase.ABORTING)));

    assertEquals(
        """
        serving [SERVING 2+0, open 2, handled 1, outlived 0, NOT_STARTED 0/0/0]
          returned  NOTHING          SERVING 2+0, open 2, handled 0, outlived 0, NOT_STARTED 0/0/0
          peerLeft  NOTHING          =
          closed    ADMIT_MORE       SERVING 1+0, open 1, handled 0, outlived 1, NOT_STARTED 0/0/0
          stopped   ADMIT_MORE       SERVING 1+0, open 1, handled 0, outlived 1, NOT_STARTED 0/0/0
        serving the last [SERVING 1+0, open 1, handled 1, outlived 0, NOT_STARTED 0/0/0]
          returned  NOTHING          SERVING 1+0, open 1, handled 0, outlived 0, NOT_STARTED 0/0/0
          peerLeft  NOTHING          =
          closed    NOTHING          SERVING 0+0, open 0, handled 0, outlived 1, NOT_STARTED 0/0/0
          stopped   NOTHING          SERVING 0+0, open 0, handled 0, outlived 1, NOT_STARTED 0/0/0
        stopping, one open [STOPPING 1+0, open 1, handled 1, outlived 0, NOT_STARTED 0/0/0]
          close     NOTHING          CLOSED 1+0, open 1, handled 1, outlived 0, NOT_STARTED 0/0/0
          returned  NOTHING          STOPPING 1+0, open 1, handled 0, outlived 0, NOT_STARTED 0/0/0
          peerLeft  NOTHING          =
          closed    NOTHING          STOPPING 0+0, open 0, handled 0, outlived 1, NOT_STARTED 0/0/0
          stopped   NOTHING          STOPPING 0+0, open 0, handled 0, outlived 1, NOT_STARTED 0/0/0
          shutDown  NOTHING          STOPPING 1+0, open 1, handled 1, outlived 0, LEAVING_ALONE 0/0/0
        stopping, a handler runs [STOPPING 0+0, open 0, handled 0, outlived 1, NOT_STARTED 0/0/0]
          close     CLOSED           CLOSED 0+0, open 0, handled 0, outlived 1, NOT_STARTED 0/0/0
          returned  NOTHING          STOPPING 0+0, open 0, handled 0, outlived 0, NOT_STARTED 0/0/0
          peerLeft  NOTHING          =
          shutDown  NOTHING          STOPPING 0+0, open 0, handled 0, outlived 1, LEAVING_ALONE 0/0/0
        closed, one open [CLOSED 1+0, open 1, handled 1, outlived 0, NOT_STARTED 0/0/0]
          returned  NOTHING          CLOSED 1+0, open 1, handled 0, outlived 0, NOT_STARTED 0/0/0
          peerLeft  NOTHING          =
          closed    CLOSED           CLOSED 0+0, open 0, handled 0, outlived 1, NOT_STARTED 0/0/0
          stopped   CLOSED           CLOSED 0+0, open 0, handled 0, outlived 1, NOT_STARTED 0/0/0
          shutDown  NOTHING          CLOSED 1+0, open 1, handled 1, outlived 0, LEAVING_ALONE 0/0/0
        closed, a handler runs [CLOSED 0+0, open 0, handled 0, outlived 1, NOT_STARTED 0/0/0]
          returned  CLOSED           CLOSED 0+0, open 0, handled 0, outlived 0, NOT_STARTED 0/0/0
          peerLeft  NOTHING          =
          shutDown  CLOSED           CLOSED 0+0, open 0, handled 0, outlived 1, LEAVING_ALONE 0/0/0
        leaving alone [CLOSED 1+0, open 1, handled 1, outlived 0, LEAVING_ALONE 0/0/0]
          returned  AWAIT_PEER       CLOSED 1+0, open 1, handled 0, outlived 0, LEAVING_ALONE 0/0/0
          peerLeft  NOTHING          =
          closed    CLOSED           CLOSED 0+0, open 0, handled 0, outlived 1, LEAVING_ALONE 1/0/0
          stopped   CLOSED           CLOSED 0+0, open 0, handled 0, outlived 1, LEAVING_ALONE 0/1/0
          shutDown  NOTHING          =
          CLOSING   STOP_SERVING     CLOSED 1+0, open 1, handled 1, outlived 0, CLOSING 0/0/0
          ABORTING  ABORT_ALL        CLOSED 1+0, open 1, handled 1, outlived 0, ABORTING 0/0/0
        leaving alone, the handler returned [CLOSED 1+0, open 1, handled 0, outlived 0, LEAVING_ALONE 0/0/0]
          returned  AWAIT_PEER       =
          peerLeft  CLOSE_CONNECTION =
          closed    SHUT_DOWN        CLOSED 0+0, open 0, handled 0, outlived 0, OVER 1/0/0
          stopped   SHUT_DOWN        CLOSED 0+0, open 0, handled 0, outlived 0, OVER 0/1/0
          shutDown  NOTHING          =
          CLOSING   STOP_SERVING     CLOSED 1+0, open 1, handled 0, outlived 0, CLOSING 0/0/0
          ABORTING  ABORT_ALL        CLOSED 1+0, open 1, handled 0, outlived 0, ABORTING 0/0/0
        leaving alone, a handler runs [CLOSED 0+0, open 0, handled 0, outlived 1, LEAVING_ALONE 0/0/0]
          returned  SHUT_DOWN        CLOSED 0+0, open 0, handled 0, outlived 0, OVER 0/0/0
          peerLeft  NOTHING          =
          shutDown  CLOSED           =
          CLOSING   NOTHING          CLOSED 0+0, open 0, handled 0, outlived 1, CLOSING 0/0/0
          ABORTING  SHUT_DOWN        CLOSED 0+0, open 0, handled 0, outlived 1, OVER 0/0/0
        closing [CLOSED 1+0, open 1, handled 1, outlived 0, CLOSING 0/0/0]
          returned  CLOSE_CONNECTION CLOSED 1+0, open 1, handled 0, outlived 0, CLOSING 0/0/0
          peerLeft  NOTHING          =
          closed    CLOSED           CLOSED 0+0, open 0, handled 0, outlived 1, CLOSING 1/0/0
          stopped   CLOSED           CLOSED 0+0, open 0, handled 0, outlived 1, CLOSING 0/1/0
          shutDown  NOTHING          =
          CLOSING   NOTHING          =
          ABORTING  ABORT_ALL        CLOSED 1+0, open 1, handled 1, outlived 0, ABORTING 0/0/0
        closing, a handler runs [CLOSED 0+0, open 0, handled 0, outlived 1, CLOSING 0/0/0]
          returned  SHUT_DOWN        CLOSED 0+0, open 0, handled 0, outlived 0, OVER 0/0/0
          peerLeft  NOTHING          =
          shutDown  CLOSED           =
          CLOSING   NOTHING          =
          ABORTING  SHUT_DOWN        CLOSED 0+0, open 0, handled 0, outlived 1, OVER 0/0/0
        aborting [CLOSED 1+0, open 1, handled 1, outlived 0, ABORTING 0/0/0]
          returned  CLOSE_CONNECTION CLOSED 1+0, open 1, handled 0, outlived 0, ABORTING 0/0/0
          peerLeft  NOTHING          =
          closed    CLOSED           CLOSED 0+0, open 0, handled 0, outlived 1, ABORTING 0/0/0
          stopped   CLOSED           CLOSED 0+0, open 0, handled 0, outlived 1, ABORTING 0/0/0
          shutDown  NOTHING          =
          CLOSING   NOTHING          =
          ABORTING  NOTHING          =
        over [CLOSED 0+0, open 0, handled 0, outlived 1, OVER 0/0/0]
          returned  SHUT_DOWN        CLOSED 0+0, open 0, handled 0, outlived 0, OVER 0/0/0
          peerLeft  NOTHING          =
          shutDown  SHUT_DOWN        =
          CLOSING   NOTHING          =
          ABORTING  NOTHING          =
        stopping, shut down, a handler runs [STOPPING 0+0, open 0, handled 0, outlived 1, LEAVING_ALONE 0/0/0]
          close     CLOSED           CLOSED 0+0, open 0, handled 0, outlived 1, LEAVING_ALONE 0/0/0
          returned  NOTHING          STOPPING 0+0, open 0, handled 0, outlived 0, LEAVING_ALONE 0/0/0
          peerLeft  NOTHING          =
          shutDown  NOTHING          =
          CLOSING   NOTHING          STOPPING 0+0, open 0, handled 0, outlived 1, CLOSING 0/0/0
          ABORTING  NOTHING          STOPPING 0+0, open 0, handled 0, outlived 1, ABORTING 0/0/0
        """,
        table(states, events));
  }

  // ---- what counts as aborted ----

  private ServerState aborting() {
    ServerState state = serving();
    return shutDown(state, Phase.CLOSING, Phase.ABORTING);
  }

  private static void assertReport(int finished, int closed, int aborted, ServerState state) {
    assertEquals(new ShutdownReport(finished, closed, aborted, 0), state.shutdown().report());
  }

  @Test
  void what_an_abort_closes_counts_as_aborted_whatever_its_reason() {
    ServerState state = aborting();
    assertEquals(ServerState.Step.NOTHING, state.closed(one, Kind.RESET));
    assertEquals(ServerState.Step.NOTHING, state.aborted(one, true));
    assertReport(0, 0, 1, state);
    assertEquals(ServerState.Step.CLOSED, state.closed(other, Kind.ABORTED));
    assertEquals(ServerState.Step.SHUT_DOWN, state.aborted(other, true));

    assertReport(0, 0, 2, state);
  }

  @Test
  void what_closes_by_itself_before_its_abort_counts_by_its_reason() {
    ServerState state = aborting();
    state.closed(one, Kind.RESET);
    state.closed(other, Kind.SERVER_STOPPING);
    assertReport(0, 0, 0, state);
    state.aborted(one, false);
    assertEquals(ServerState.Step.SHUT_DOWN, state.aborted(other, false));

    assertReport(1, 1, 0, state);
  }

  @Test
  void what_closes_after_its_abort_counts_once() {
    ServerState state = aborting();
    state.aborted(one, false);
    state.aborted(other, true);
    assertReport(0, 0, 0, state);
    assertEquals(ServerState.Step.NOTHING, state.closed(one, Kind.SERVER_STOPPING));
    assertEquals(ServerState.Step.SHUT_DOWN, state.closed(other, Kind.RESET));

    assertReport(0, 1, 1, state);
  }

  // ---- failed handlers ----

  @Test
  void a_connection_whose_handler_has_failed_counts_as_failed_once() {
    ServerState state = serving();
    state.handlerStarted(other);
    shutDown(state, Phase.CLOSING);
    state.handlerFailed(one);
    state.closed(one, Kind.HANDLER_FAILED);
    state.handlerReturned(one);
    state.closed(other, Kind.CLOSED_BY_PEER);
    assertEquals(new ShutdownReport(1, 0, 0, 1), state.shutdown().report());
    state.handlerFailed(other);
    assertEquals(ServerState.Step.SHUT_DOWN, state.handlerReturned(other));

    assertEquals(new ShutdownReport(0, 0, 0, 2), state.shutdown().report());
  }

  @Test
  void a_handler_that_fails_after_a_connection_that_was_not_counted_is_not_counted() {
    ServerState state = serving();
    state.closed(one, Kind.CLOSED);
    shutDown(state, Phase.CLOSING);
    state.handlerFailed(one);
    state.handlerReturned(one);

    assertEquals(new ShutdownReport(0, 0, 0, 0), state.shutdown().report());
  }

  // ---- times ----

  @Test
  void the_earlier_of_the_times_count() {
    GracefulShutdown shutdown = new GracefulShutdown();
    shutdown.start(Long.MAX_VALUE - 1, Long.MIN_VALUE + 5); // the clock may overflow
    shutdown.start(Long.MAX_VALUE, Long.MIN_VALUE + 1);

    assertEquals(Long.MAX_VALUE - 1, shutdown.startOf(Phase.CLOSING));
    assertEquals(Long.MIN_VALUE + 1, shutdown.startOf(Phase.ABORTING));
    assertFalse(shutdown.isBefore(Phase.LEAVING_ALONE));
    assertTrue(shutdown.isBefore(Phase.CLOSING));
  }

  @Test
  void a_connection_that_comes_when_the_server_has_closed_is_not_opened() {
    ServerState state = new ServerState(MAX);
    state.admission().start();
    admit(state.admission());
    assertEquals(ServerState.Step.CLOSED, stopped(state).close());
    assertFalse(state.opened(one));

    assertEquals(ServerState.Step.CLOSED, state.closed(one, Kind.ABORTED));
  }
}
