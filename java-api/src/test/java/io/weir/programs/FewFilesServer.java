package io.weir.programs;

import io.weir.AsyncStreams;
import io.weir.ErrorListener;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.testing.Echo;
import io.weir.testing.RecordingObserver;
import java.net.InetSocketAddress;

/** An echo server that tells when it cannot accept. Runs in a JVM with few file handles. */
public final class FewFilesServer {

  private FewFilesServer() {}

  public static void main(String[] arguments) {
    RecordingObserver observer = new RecordingObserver();
    ErrorListener listener =
        (stage, peer, error) -> {
          long observed = observer.events().stream().filter("accept failure"::equals).count();
          System.out.println(
              "error " + stage + " " + System.nanoTime() + " " + error + ", observed " + observed);
        };
    ServerOptions options =
        ServerOptions.DEFAULTS.withObserver(observer).withErrorListener(listener);
    Server server = AsyncStreams.startServer(Echo.LINES, "127.0.0.1", 0, options).join();
    InetSocketAddress address = (InetSocketAddress) server.sockets().get(0).localAddress();
    System.out.println("port " + address.getPort());
    server.serveForever().join();
  }
}
