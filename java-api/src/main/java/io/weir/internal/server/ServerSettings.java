package io.weir.internal.server;

import io.weir.ConnectionObserver;
import io.weir.ErrorStage;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.log.ErrorLog;
import io.weir.internal.stream.Connection;
import io.weir.internal.stream.ConnectionSettings;
import io.weir.internal.tls.TlsSetup;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a server.
 *
 * @param connections the settings of each connection that it accepts
 * @param observer observes the connections; null for none
 * @param socketOptions the options to set on each accepted socket
 * @param tls the TLS of new connections, or null for none
 * @param maxConnections how many connections may be open
 * @param handlerExecutor the program's executor that runs handlers; null for the channel's own
 *     thread
 * @param errors receives the errors of the server
 */
public record ServerSettings(
    ConnectionSettings connections,
    @Nullable ConnectionObserver observer,
    Map<SocketOption<?>, Object> socketOptions,
    @Nullable TlsSetup tls,
    int maxConnections,
    @Nullable Executor handlerExecutor,
    Errors errors) {

  /** Receives the errors of a server. It is user code, so it may throw. */
  @FunctionalInterface
  public interface Errors {
    /**
     * Handles an error.
     *
     * @param ofPeer whether the connection itself has failed, so that its peer may be the reason. A
     *     handler may also fail for other reasons, for example because of another connection.
     */
    void onError(ErrorStage stage, @Nullable SocketAddress peer, Throwable error, boolean ofPeer);
  }

  /**
   * Reports an error to the program. Inside a call of the library the report runs on the executor,
   * otherwise at once. Never throws.
   *
   * @param executor runs the report after the call
   */
  public void report(
      CompletionExecutor executor,
      ErrorStage stage,
      @Nullable SocketAddress peer,
      Throwable error) {
    report(executor, stage, peer, error, stage != ErrorStage.ACCEPT);
  }

  private void report(
      CompletionExecutor executor,
      ErrorStage stage,
      @Nullable SocketAddress peer,
      Throwable error,
      boolean ofPeer) {
    if (Trampoline.isInCall()) {
      executor.run(() -> report(stage, peer, error, ofPeer));
    } else {
      report(stage, peer, error, ofPeer);
    }
  }

  /** Reports an error of a connection to the program, with its channel's executor. Never throws. */
  public void report(Connection connection, ErrorStage stage, Throwable error) {
    AsyncByteChannel channel = connection.channel();
    boolean ofPeer = stage != ErrorStage.HANDLER || connection.hasFailedBy(error);
    report(channel.completions(), stage, channel.remoteAddress(), error, ofPeer);
  }

  /**
   * Reports what was lost while a connection was closed, unless one of its futures has reported it.
   *
   * @param then runs after the report
   */
  void reportLoss(Connection connection, Runnable then) {
    IOException loss = connection.unreportedLoss();
    if (loss == null) {
      then.run();
      return;
    }
    CompletionExecutor reports = connection.channel().completions();
    reports.run(
        () -> {
          report(connection, ErrorStage.CLOSE, loss);
          then.run();
        });
  }

  private void report(
      ErrorStage stage, @Nullable SocketAddress peer, Throwable error, boolean ofPeer) {
    try {
      errors.onError(stage, peer, error, ofPeer);
    } catch (Throwable thrown) {
      ErrorLog.report(Level.WARNING, "the error listener failed", thrown);
    }
  }
}
