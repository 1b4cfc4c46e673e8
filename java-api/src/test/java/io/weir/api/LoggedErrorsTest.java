package io.weir.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionLostException;
import io.weir.ErrorStage;
import io.weir.IncompleteReadException;
import io.weir.LimitOverrunException;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsTruncationException;
import io.weir.internal.stream.ConnectionLoss;
import io.weir.testing.BlockingSockets;
import io.weir.testing.CapturedLog;
import io.weir.testing.Loopback;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the error listener of a server logs that was given no other, and at which level. */
class LoggedErrorsTest {

  private static final InetSocketAddress PEER = new InetSocketAddress("192.0.2.7", 4711);

  private static LogRecord logged(ErrorStage stage, Throwable error) {
    try (CapturedLog log = CapturedLog.ofDebugging()) {
      ServerOptions.DEFAULTS.errorListener().onError(stage, PEER, error);
      assertEquals(1, log.records().size());
      return log.awaitRecord();
    }
  }

  static Stream<Throwable> ofThePeer() {
    return Stream.of(
        new ConnectionLostException("lost", new IOException("Connection reset")),
        ConnectionLoss.closed(true),
        new IncompleteReadException(new byte[1], 2),
        new LimitOverrunException("a line of more than the limit", 1),
        new TlsException(TlsFailure.CORRUPT, "damaged", null),
        new TlsTruncationException("cut off", null));
  }

  @ParameterizedTest
  @MethodSource("ofThePeer")
  void a_handler_that_fails_by_its_peers_doing_is_for_the_debug_log(Throwable error) {
    for (Throwable each :
        new Throwable[] {
          error,
          new CompletionException(error),
          new ExecutionException(error),
          new CompletionException(new CompletionException(error))
        }) {
      LogRecord record = logged(ErrorStage.HANDLER, each);

      assertEquals(Level.FINE, record.getLevel());
      assertTrue(record.getMessage().contains("192.0.2.7:4711"), record::getMessage);
      assertSame(each, record.getThrown());
    }
  }

  static Stream<Throwable> ofThisSide() {
    return Stream.of(
        new IllegalStateException("a bug"),
        new IllegalStateException("a bug on the way", ConnectionLoss.closed(true)),
        new IOException("a file"),
        new CompletionException(new IllegalStateException("a bug")),
        new CompletionException("of nothing", null),
        new OutOfMemoryError("in a test"),
        new TlsException(TlsFailure.BROKEN_DOWN, "a bug", null));
  }

  @ParameterizedTest
  @MethodSource("ofThisSide")
  void a_handler_that_fails_otherwise_is_worth_a_warning(Throwable error) {
    LogRecord record = logged(ErrorStage.HANDLER, error);

    assertEquals(Level.WARNING, record.getLevel());
    assertTrue(record.getMessage().contains("192.0.2.7:4711"), record::getMessage);
    assertSame(error, record.getThrown());
  }

  @Test
  void a_handshake_or_an_end_that_fails_is_for_the_debug_log_and_an_accept_is_not() {
    TlsException error = new TlsException(TlsFailure.NOT_TLS, "no TLS", null);

    assertEquals(Level.FINE, logged(ErrorStage.TLS_HANDSHAKE, error).getLevel());
    assertEquals(Level.FINE, logged(ErrorStage.CLOSE, error).getLevel());
    assertEquals(Level.WARNING, logged(ErrorStage.ACCEPT, error).getLevel());
  }

  @Test
  void a_client_that_leaves_too_early_is_for_the_debug_log() throws Exception {
    try (CapturedLog log = CapturedLog.ofDebugging()) {
      Server server = Loopback.serve((reader, writer) -> reader.readExactly(10));
      try (Socket client = BlockingSockets.connect(Loopback.port(server))) {
        client.getOutputStream().write(1);
      }

      LogRecord record = log.awaitRecord();
      assertEquals(Level.FINE, record.getLevel());
      assertInstanceOf(IncompleteReadException.class, record.getThrown());
      Loopback.endInOrder(server);
    }
  }
}
