package io.weir.programs;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.StreamConnection;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Ends its main thread with everything open: a server, connections, reads, writes, timers. */
public final class OpenAtExit {

  private OpenAtExit() {}

  /** Keeps everything from being collected. */
  private static final List<Object> KEPT = new CopyOnWriteArrayList<>();

  public static void main(String[] arguments) {
    ConnectionHandler oneLine =
        (reader, writer) -> {
          KEPT.add(writer);
          return reader.readLine().thenAccept(writer::write); // reads no more
        };
    Server server = AsyncStreams.startServer(oneLine, "127.0.0.1", 0).join();
    InetSocketAddress address = (InetSocketAddress) server.sockets().get(0).localAddress();
    StreamConnection idle = AsyncStreams.openConnection("127.0.0.1", address.getPort()).join();
    StreamConnection busy = AsyncStreams.openConnection("127.0.0.1", address.getPort()).join();
    KEPT.addAll(List.of(idle, busy));
    idle.writer().write(new byte[] {'\n'});
    idle.reader().readLine().join();
    idle.reader().readLine();
    busy.writer().write(new byte[] {'\n'});
    for (int i = 0; i < 1000; i++) {
      busy.writer().write(new byte[60_000]);
    }
    server.serveForever();
    System.out.println("open");
  }
}
