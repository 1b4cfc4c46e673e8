package io.weir.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ErrorStage;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A handshake between a client and a server that has failed, in the words of each. Its handler was
 * not called, its error listener was told once, and nothing of it is open any more.
 *
 * @param client what the client was told, by connecting or by its first read
 * @param server what the server's error listener was told
 */
public record FailedHandshake(Throwable client, Throwable server) {

  /** Something of the client's making, which connects to an address and tells what became of it. */
  @FunctionalInterface
  public interface Client {

    /** Connects, and returns how it failed. */
    Throwable connect(InetSocketAddress server) throws Exception;
  }

  /** Fails between two ends of ours. */
  public static FailedHandshake failed(TlsOptions server, String host, TlsOptions client) {
    return failed(server, address -> failureOf(host, address.getPort(), client));
  }

  /** Fails with a server of ours. */
  public static FailedHandshake failed(TlsOptions options, Client client) {
    Set<String> open = OpenFiles.sockets();
    AtomicInteger calls = new AtomicInteger();
    ConnectionHandler handler =
        (reader, writer) -> {
          calls.incrementAndGet();
          return reader.read().thenRun(writer::close);
        };
    Throwable atClient;
    ErrorReport report;
    try (TestServer served = TestServer.by(handler, ServerOptions.DEFAULTS.withTls(options))) {
      atClient = client.connect(served.address());
      Deadline.await("the error listener is told", () -> !served.reports().isEmpty());
      report = served.reports().element();
      served.server().close();
      Deadline.get(served.server().waitClosed());
      assertEquals(1, served.reports().size(), () -> "more than one report: " + served.reports());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    assertEquals(ErrorStage.TLS_HANDSHAKE, report.stage());
    assertIsClient(report.peer());
    assertEquals(0, calls.get(), "calls of the handler");
    OpenFiles.awaitNoMoreThan(open);
    return new FailedHandshake(atClient, report.error());
  }

  private static void assertIsClient(SocketAddress peer) {
    assertNotNull(peer);
    assertTrue(((InetSocketAddress) peer).getAddress().isLoopbackAddress(), peer::toString);
  }

  /** What a client of ours is told by connecting, or, as TLS 1.3 has it, by its first read. */
  public static Throwable failureOf(String host, int port, TlsOptions options) {
    CompletableFuture<StreamConnection> opening =
        AsyncStreams.openConnection(host, port, ConnectOptions.DEFAULTS.withTls(options));
    try (StreamConnection connection = opening.get(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS)) {
      Throwable failure = Deadline.failure(IOException.class, connection.reader().read(1));
      assertEquals(failure, Deadline.failure(IOException.class, connection.writer().waitClosed()));
      return failure;
    } catch (ExecutionException e) {
      return e.getCause();
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError("the client was told nothing", e);
    }
  }
}
