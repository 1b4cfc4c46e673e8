package io.weir.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.TimeUnit;

/** The JDK's blocking sockets, with deadlines, as peers that do what they are told. */
public final class BlockingSockets {

  private static final int BACKLOG = 100;

  private BlockingSockets() {}

  /** Listens on a port that the kernel picks. */
  public static ServerSocket listen() throws IOException {
    ServerSocket server = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    server.setSoTimeout(millis());
    return server;
  }

  /** A port on which nobody listens. */
  public static int closedPort() throws IOException {
    try (ServerSocket server = listen()) {
      return server.getLocalPort();
    }
  }

  /** Connects. */
  public static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(millis());
    return socket;
  }

  /** Accepts. */
  public static Socket accept(ServerSocket server) throws IOException {
    Socket socket = server.accept();
    socket.setSoTimeout(millis());
    return socket;
  }

  /** Closes in the way that resets the connection. */
  public static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Reads until the end, orderly or not; fails when there is none within the deadline. */
  public static int countToEnd(Socket socket) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    int total = 0;
    try {
      int count = socket.getInputStream().read(buffer);
      while (count >= 0) {
        total += count;
        count = socket.getInputStream().read(buffer);
      }
    } catch (SocketException reset) {
      return total;
    }
    return total;
  }

  private static int millis() {
    return (int) TimeUnit.SECONDS.toMillis(Deadline.LIMIT_SECONDS);
  }
}
