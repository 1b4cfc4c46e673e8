package io.weir.benchmarks.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** A server on bare selectors: the best that the JDK can do. */
final class NioServer {

  private NioServer() {}

  static RunningServer start(Setup setup) throws IOException {
    List<Loop> loops = new ArrayList<>();
    for (int i = 0; i < setup.threads(); i++) {
      loops.add(new Loop(Selector.open(), setup.work(), loops));
    }
    ServerSocketChannel server = ServerSocketChannel.open();
    server.bind(setup.address(), Setup.BACKLOG);
    server.configureBlocking(false).register(loops.get(0).selector, SelectionKey.OP_ACCEPT);
    int port = server.socket().getLocalPort();
    for (Loop loop : loops) {
      new Thread(loop, "nio-" + port).start();
    }
    return new RunningServer(port, () -> stop(loops));
  }

  private static void stop(List<Loop> loops) {
    for (Loop loop : loops) {
      loop.stopped = true;
      loop.selector.wakeup();
    }
  }

  /** The bytes of a connection that its socket has not accepted yet. */
  private static final class Rest {
    @Nullable ByteBuffer bytes;
  }

  private static final class Loop implements Runnable {

    final Selector selector;
    volatile boolean stopped;

    private final Work work;
    private final List<Loop> all;
    private final Queue<SocketChannel> accepted = new ConcurrentLinkedQueue<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(Setup.BUFFER);
    private int turn; // counts connections, to choose the next loop; used by the accepting loop

    Loop(Selector selector, Work work, List<Loop> all) {
      this.selector = selector;
      this.work = work;
      this.all = all;
    }

    @Override
    public void run() {
      try (selector) {
        while (!stopped) {
          selector.select(this::ready);
          adopt();
        }
        for (SelectionKey key : selector.keys()) {
          key.channel().close();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void adopt() throws IOException {
      for (SocketChannel channel = accepted.poll(); channel != null; channel = accepted.poll()) {
        channel.register(selector, SelectionKey.OP_READ, new Rest());
      }
    }

    private void ready(SelectionKey key) {
      try {
        if (key.isAcceptable()) {
          accept((ServerSocketChannel) key.channel());
        } else if (key.isWritable()) {
          writeRest(key);
        } else {
          read(key);
        }
      } catch (IOException e) {
        close(key);
      }
    }

    private void accept(ServerSocketChannel server) throws IOException {
      for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        Loop loop = all.get(turn++ % all.size());
        loop.accepted.add(channel);
        if (loop != this) {
          loop.selector.wakeup();
        }
      }
    }

    private void read(SelectionKey key) throws IOException {
      SocketChannel channel = (SocketChannel) key.channel();
      if (channel.read(buffer.clear()) < 0) {
        close(key);
      } else if (work == Work.ECHO) {
        channel.write(buffer.flip());
        if (buffer.hasRemaining()) {
          ((Rest) key.attachment()).bytes =
              ByteBuffer.allocateDirect(buffer.remaining()).put(buffer).flip();
          key.interestOps(SelectionKey.OP_WRITE);
        }
      }
    }

    private static void writeRest(SelectionKey key) throws IOException {
      Rest rest = (Rest) key.attachment();
      ByteBuffer bytes = rest.bytes;
      if (bytes != null) {
        ((SocketChannel) key.channel()).write(bytes);
        if (bytes.hasRemaining()) {
          return;
        }
        rest.bytes = null;
      }
      key.interestOps(SelectionKey.OP_READ);
    }

    private static void close(SelectionKey key) {
      try {
        key.channel().close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
