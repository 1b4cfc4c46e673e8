package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.CloseReason;
import io.weir.ConnectionLostException;
import io.weir.TlsSide;
import io.weir.testing.Approved;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedChannel;
import io.weir.testing.ScriptedConnection;
import io.weir.testing.Texts;
import io.weir.testing.TlsOverWire;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * What a program and a channel see of a connection after each event in each state, as the table
 * {@code connection.txt}. Every state is reached from outside, over a scripted channel.
 */
class ConnectionTableTest {

  private static final Duration IDLE = Duration.ofSeconds(10);

  private static final Map<String, Consumer<ScriptedConnection>> STATES = new LinkedHashMap<>();
  private static final Map<String, Consumer<ScriptedConnection>> EVENTS = new LinkedHashMap<>();

  static {
    STATES.put("open", it -> {});
    STATES.put("open, a write in flight", ConnectionTableTest::writeHeld);
    STATES.put("the peer has closed its half", it -> it.channel().arriveEof());
    STATES.put(
        "EOF while a write is in flight",
        it -> {
          writeHeld(it);
          it.channel().arriveEof();
        });
    STATES.put("the server has ended the input", it -> it.connection().endInputAsServerStops());
    STATES.put(
        "closed with a write in flight",
        it -> {
          writeHeld(it);
          it.writer().close();
        });
    STATES.put(
        "closed by the server with a write in flight",
        it -> {
          writeHeld(it);
          it.connection().closeAsServerStops();
        });
    STATES.put(
        "the handler has failed with a write in flight",
        it -> {
          writeHeld(it);
          it.connection().closeAsHandlerFailed(new IllegalStateException("bug"));
        });
    STATES.put(
        "the channel is being closed",
        it -> {
          it.channel().holdClose();
          it.writer().close();
        });
    STATES.put("lingering", it -> it.connection().closeAsServerStops());
    STATES.put(
        "a write has failed, the input is drained",
        it -> {
          it.channel().failsWrite(new IOException("Broken pipe"));
          it.writer().write(Texts.bytes("lost"));
        });
    STATES.put("aborted", it -> it.connection().abort());
    STATES.put("no halves: open", it -> it.channel().refuseEndOutput());
    STATES.put(
        "no halves: the peer has closed, a write in flight",
        it -> {
          it.channel().refuseEndOutput();
          writeHeld(it);
          it.channel().arriveEof();
        });
    STATES.put(
        "no halves: the peer has closed, the channel is being closed",
        it -> {
          it.channel().refuseEndOutput();
          it.channel().holdClose();
          it.channel().arriveEof();
        });
    STATES.put(
        "no halves: closed by the server with a write in flight",
        it -> {
          it.channel().refuseEndOutput();
          writeHeld(it);
          it.connection().closeAsServerStops();
        });
    STATES.put(
        "no halves: closed after the peer",
        it -> {
          it.channel().refuseEndOutput();
          it.channel().arriveEof();
        });

    EVENTS.put("nothing", it -> {});
    EVENTS.put("the write in flight succeeds", it -> completeWrite(it));
    EVENTS.put("a write fails", ConnectionTableTest::failWrite);
    EVENTS.put("writeEof", ConnectionTableTest::writeEof);
    EVENTS.put("close", it -> it.writer().close());
    EVENTS.put("closeGracefully", it -> it.writer().closeGracefully(Duration.ofSeconds(5)));
    EVENTS.put(
        "closeGracefully, and its time is up",
        it -> {
          it.writer().closeGracefully(Duration.ofMillis(500));
          it.timers().advance(Duration.ofMillis(500));
        });
    EVENTS.put(
        "the handler fails",
        it -> it.connection().closeAsHandlerFailed(new IllegalStateException("handler")));
    EVENTS.put("the server ends the input", it -> it.connection().endInputAsServerStops());
    EVENTS.put("the server closes", it -> it.connection().closeAsServerStops());
    EVENTS.put("the server aborts", it -> it.connection().abortAsServerStops());
    EVENTS.put("abort", it -> it.connection().abort());
    EVENTS.put("the peer sends bytes", it -> it.channel().arrive("hello"));
    EVENTS.put("the peer closes", it -> it.channel().arriveEof());
    EVENTS.put("a read fails", it -> it.channel().failRead(new IOException("Connection reset")));
    EVENTS.put("a second passes", it -> it.timers().advance(Duration.ofSeconds(1)));
    EVENTS.put("the idle timeout passes", it -> it.timers().advance(IDLE));
    EVENTS.put("startTls", it -> it.writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT));
    EVENTS.put("the channel is closed", it -> closeChannel(it));
  }

  private static void writeHeld(ScriptedConnection it) {
    it.channel().holdWrites();
    it.writer().write(Texts.bytes("held"));
  }

  private static void completeWrite(ScriptedConnection it) {
    if (it.channel().isWritePending()) {
      it.channel().completeWrite();
    }
  }

  private static void failWrite(ScriptedConnection it) {
    if (it.channel().isWritePending()) {
      it.channel().failWrite(new IOException("Broken pipe, later"));
    } else {
      it.channel().failsWrite(new IOException("Broken pipe, later"));
      it.writer().write(Texts.bytes("more"));
    }
  }

  private static void writeEof(ScriptedConnection it) {
    if (it.writer().canWriteEof()) {
      it.writer().writeEof();
    }
  }

  private static void closeChannel(ScriptedConnection it) {
    try {
      it.channel().completeClose();
    } catch (AssertionError notBeingClosed) {
      // Nothing happens then.
    }
  }

  @Test
  void every_event_in_every_state_is_seen_as_the_table_says() throws IOException {
    StringBuilder table = new StringBuilder();
    STATES.forEach(
        (state, enter) -> {
          table.append(state).append('\n');
          String before = "";
          for (Map.Entry<String, Consumer<ScriptedConnection>> event : EVENTS.entrySet()) {
            ScriptedConnection it = ScriptedConnection.open(new Timeouts(IDLE, null, null));
            enter.accept(it);
            event.getValue().accept(it);
            String seen = seen(it);
            table.append(
                String.format("  %-36s %s%n", event.getKey(), seen.equals(before) ? "-" : seen));
            before = before.isEmpty() ? seen : before;
            assertEquals(List.of(), it.channel().misuses(), state + ": " + event.getKey());
          }
          table.append('\n');
        });

    Approved.assertTable("connection.txt", table.toString());
  }

  @Test
  void startTls_on_a_connection_that_the_peer_has_closed_says_that_it_was_the_peer() {
    ScriptedConnection it = ScriptedConnection.open();
    it.channel().refuseEndOutput();
    it.channel().arriveEof();
    assertEquals(CloseReason.Kind.CLOSED_BY_PEER, it.connection().closeReason().kind());

    CompletableFuture<Void> refused = it.writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);

    assertEquals(
        "Connection lost: the peer has closed it",
        Deadline.failure(ConnectionLostException.class, refused).getMessage());
  }

  @Test
  void a_handshake_that_is_cancelled_while_the_connection_closes_leaves_the_reason_as_it_is() {
    ScriptedConnection it = ScriptedConnection.open();
    it.channel().holdWrites();
    it.writer().write(Texts.bytes("held"));
    CompletableFuture<Void> secured = it.writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);
    it.writer().close();

    secured.cancel(false);

    assertEquals(CloseReason.Kind.CLOSED, it.connection().closeReason().kind());
    assertEquals(1, it.ends().get());
  }

  @Test
  void a_handshake_that_is_cancelled_aborts_a_connection_that_is_open() {
    ScriptedConnection it = ScriptedConnection.open();
    it.channel().holdWrites();
    CompletableFuture<Void> secured = it.writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);

    secured.cancel(false);

    assertEquals(CloseReason.Kind.ABORTED, it.connection().closeReason().kind());
  }

  private static String seen(ScriptedConnection it) {
    ScriptedChannel channel = it.channel();
    Connection connection = it.connection();
    CompletableFuture<Void> closed = it.writer().waitClosed();
    String text =
        (connection.isClosing() ? "closing" : "open")
            + (closed.isDone() ? " closed " + reason(connection) : "")
            + ", waitClosed "
            + outcome(closed)
            + ", read "
            + outcome(it.reader().read(100))
            + ", drain "
            + outcome(it.writer().drain())
            + ", unreported "
            + (connection.unreportedLoss() == null ? "-" : "yes");
    return text
        + "; channel"
        + (channel.isWritePending() ? " writing" : "")
        + (channel.isReadPending() ? " reading" : "")
        + (channel.shutdowns() > 0 ? " shutdown" : "")
        + (channel.closes() > 0 ? " closed" : "")
        + (channel.aborts() > 0 ? " aborted" : "");
  }

  private static String reason(Connection connection) {
    CloseReason reason = connection.closeReason();
    return reason.kind()
        + (reason.unsent() == 0 ? "" : " unsent=" + reason.unsent())
        + (reason.cause() == null ? "" : " [" + reason.cause().getMessage() + "]");
  }

  private static String outcome(CompletableFuture<?> future) {
    if (!future.isDone()) {
      return "pending";
    }
    try {
      Object value = future.join();
      return value instanceof byte[] bytes ? "'" + Texts.text(bytes) + "'" : "ok";
    } catch (CompletionException e) {
      return "fails [" + e.getCause().getMessage() + "]";
    } catch (CancellationException e) {
      return "cancelled";
    }
  }
}
