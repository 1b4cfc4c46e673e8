package io.weir.samples;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Two sockets that are connected to each other: Python's {@code socket.socketpair()}. */
record SocketPair(SocketChannel first, SocketChannel second) {

  /** Connects two sockets over a temporary socket file. */
  static SocketPair open() throws IOException {
    Path folder = Files.createTempDirectory("socket-pair");
    Path path = folder.resolve("socket");
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
    try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listening.bind(address);
      return new SocketPair(SocketChannel.open(address), listening.accept());
    } finally {
      Files.deleteIfExists(path);
      Files.delete(folder);
    }
  }
}
