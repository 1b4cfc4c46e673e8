package io.weir.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The addresses of hosts, without anybody who knows names. */
public final class Hosts {

  private Hosts() {}

  /** What a resolver answers that knows these addresses. */
  public static CompletableFuture<List<InetAddress>> addresses(String... literals) {
    try {
      List<InetAddress> all = new ArrayList<>();
      for (String literal : literals) {
        all.add(InetAddress.getByName(literal));
      }
      return CompletableFuture.completedFuture(all);
    } catch (UnknownHostException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Whether this machine can listen on ::1. */
  public static boolean hasIpv6() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getAllByName("::1")[0])) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
