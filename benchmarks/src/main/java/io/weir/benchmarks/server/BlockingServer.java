package io.weir.benchmarks.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A thread for each connection, around a blocking socket. */
final class BlockingServer {

  private BlockingServer() {}

  static RunningServer start(Setup setup) throws IOException {
    ServerSocket server =
        new ServerSocket(setup.port(), Setup.BACKLOG, InetAddress.getLoopbackAddress());
    startDaemon(() -> accept(server, setup.work()));
    return new RunningServer(server.getLocalPort(), server);
  }

  private static void accept(ServerSocket server, Work work) {
    try {
      while (true) {
        Socket socket = server.accept();
        startDaemon(() -> serve(socket, work));
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

  private static void serve(Socket socket, Work work) {
    byte[] buffer = new byte[Setup.BUFFER];
    try (socket;
        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream()) {
      socket.setTcpNoDelay(true);
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        if (work == Work.ECHO) {
          out.write(buffer, 0, count);
        }
      }
    } catch (IOException e) {
      // the client has gone
    }
  }
}
