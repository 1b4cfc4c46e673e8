package io.weir.benchmarks.server;

import static java.io.OutputStream.nullOutputStream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A server with a thread and a blocking socket for each connection. */
final class BlockingServer {

  private BlockingServer() {}

  static RunningServer start(Setup setup) throws IOException {
    ServerSocket server =
        new ServerSocket(setup.port(), Setup.BACKLOG, InetAddress.getLoopbackAddress());
    startDaemon(() -> accept(server, setup));
    return new RunningServer(server.getLocalPort(), server);
  }

  private static void accept(ServerSocket server, Setup setup) {
    try {
      while (true) {
        Socket socket = server.accept();
        startDaemon(() -> serve(socket, setup));
      }
    } catch (IOException e) {
      // the server has been closed
    }
  }

  private static void startDaemon(Runnable body) {
    Thread thread = new Thread(body);
    thread.setDaemon(true);
    thread.start();
  }

  private static void serve(Socket socket, Setup setup) {
    try (socket;
        Socket to = destination(socket, setup)) {
      InputStream in = socket.getInputStream();
      OutputStream out = setup.work() == Work.SINK ? nullOutputStream() : to.getOutputStream();
      socket.setTcpNoDelay(true);
      byte[] buffer = new byte[Setup.BUFFER];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
      }
    } catch (IOException e) {
      // the client has gone
    }
  }

  private static Socket destination(Socket socket, Setup setup) throws IOException {
    return setup.work() == Work.FORWARD
        ? new Socket(InetAddress.getLoopbackAddress(), setup.forwardTo())
        : socket;
  }
}
