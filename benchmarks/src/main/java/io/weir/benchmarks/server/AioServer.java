package io.weir.benchmarks.server;

import io.weir.channels.SelectorChannelProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.smartboot.socket.enhance.EnhanceAsynchronousChannelProvider;

/** A server on bare asynchronous channels: the JDK's, or those of another provider. */
final class AioServer {

  private AioServer() {}

  static RunningServer start(Setup setup) throws IOException {
    return start(setup, AsynchronousChannelProvider.provider());
  }

  /** Starts the server on Weir's selector loops. */
  static RunningServer startOnWeirChannels(Setup setup) throws IOException {
    return start(setup, new SelectorChannelProvider());
  }

  /** Starts the server on smart-socket's channels. */
  static RunningServer startOnSmartSocket(Setup setup) throws IOException {
    return start(setup, new EnhanceAsynchronousChannelProvider(/* lowMemory= */ false));
  }

  private static RunningServer start(Setup setup, AsynchronousChannelProvider provider)
      throws IOException {
    AsynchronousChannelGroup group =
        provider.openAsynchronousChannelGroup(setup.threads(), Executors.defaultThreadFactory());
    AsynchronousServerSocketChannel server =
        AsynchronousServerSocketChannel.open(group).bind(setup.address(), Setup.BACKLOG);
    server.accept(null, new Acceptor(server, setup.work()));
    int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
    return new RunningServer(port, group::shutdownNow);
  }

  private record Acceptor(AsynchronousServerSocketChannel server, Work work)
      implements CompletionHandler<AsynchronousSocketChannel, @Nullable Void> {

    @Override
    public void completed(AsynchronousSocketChannel channel, @Nullable Void nothing) {
      server.accept(null, this);
      new Link(channel, work).start();
    }

    @Override
    public void failed(Throwable error, @Nullable Void nothing) {
      // the group has been shut down
    }
  }

  /** One connection: a read or a write at a time. */
  private static final class Link implements CompletionHandler<Integer, Link.Step> {

    enum Step {
      READ,
      WRITE
    }

    private final AsynchronousSocketChannel channel;
    private final Work work;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(Setup.BUFFER);

    Link(AsynchronousSocketChannel channel, Work work) {
      this.channel = channel;
      this.work = work;
    }

    void start() {
      try {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      } catch (IOException e) {
        close();
        return;
      }
      read();
    }

    private void read() {
      channel.read(buffer.clear(), Step.READ, this);
    }

    @Override
    public void completed(Integer count, Step step) {
      if (count < 0) {
        close();
      } else if (step == Step.READ && work == Work.ECHO) {
        channel.write(buffer.flip(), Step.WRITE, this);
      } else if (step == Step.WRITE && buffer.hasRemaining()) {
        channel.write(buffer, Step.WRITE, this);
      } else {
        read();
      }
    }

    @Override
    public void failed(Throwable error, Step step) {
      close();
    }

    private void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
