package io.weir.internal.server;

import java.util.concurrent.CompletionStage;

/** The call of the handler of one connection, with the connection's reader and writer. */
public interface HandlerCall {

  /**
   * Keeps the reader and the writer reachable, so that the connection does not count as dropped
   * while its handler runs.
   *
   * @return releases both; to be run when the handler has returned
   */
  Runnable hold();

  /**
   * Calls the handler.
   *
   * @return completes when the handler has returned
   * @throws Exception when the handler throws
   */
  CompletionStage<?> start() throws Exception;
}
