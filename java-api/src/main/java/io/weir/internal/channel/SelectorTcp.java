package io.weir.internal.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * TCP on selector loops.
 *
 * @param loops the loops that serve the sockets
 */
public record SelectorTcp(SelectorLoops loops) implements TcpSockets {

  @Override
  public TcpConnector connector(
      Map<SocketOption<?>, Object> options, @Nullable InetSocketAddress local) throws IOException {
    SelectorLoop loop = loops.next();
    SocketChannel channel = SocketChannel.open();
    try {
      TcpSockets.prepare(channel, options, local);
      return new SelectorConnector(channel, options, loop);
    } catch (UnsupportedAddressTypeException e) {
      Closeables.closeQuietly(channel);
      throw TcpSockets.noSuchFamily(e);
    } catch (IOException | RuntimeException e) {
      Closeables.closeQuietly(channel);
      throw e;
    }
  }

  @Override
  public AsyncServerChannel listen(
      InetSocketAddress address, int backlog, Map<SocketOption<?>, Object> options)
      throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      SocketOptions.set(channel, options);
      channel.bind(address, backlog);
      return new SelectorServerChannel(channel, loops, channel.getLocalAddress(), () -> {});
    } catch (UnsupportedAddressTypeException e) {
      Closeables.closeQuietly(channel);
      throw TcpSockets.noSuchFamily(e);
    } catch (IOException | RuntimeException e) {
      Closeables.closeQuietly(channel);
      throw e;
    }
  }
}
