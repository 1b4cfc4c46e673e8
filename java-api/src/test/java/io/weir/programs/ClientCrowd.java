package io.weir.programs;

import io.weir.testing.BlockingSockets;
import io.weir.testing.Echo;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Very many clients of one server. Each is served once; all are reset when somebody types. */
public final class ClientCrowd {

  /** How often it says how many are served. */
  private static final int PROGRESS = 500;

  private ClientCrowd() {}

  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(arguments[0]);
    int count = Integer.parseInt(arguments[1]);
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Socket client = BlockingSockets.connect(port);
      Echo.assertFrom(client);
      clients.add(client);
      if (clients.size() % PROGRESS == 0) {
        System.out.println("served " + clients.size());
      }
    }
    if (System.in.read() < 0) {
      throw new IOException("nobody has typed anything");
    }
    long start = System.nanoTime();
    for (Socket client : clients) {
      BlockingSockets.reset(client);
    }
    System.out.println("reset in " + (System.nanoTime() - start) / 1_000_000 + " ms");
  }
}
