package io.weir.programs;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Sends a line to itself and back, over asynchronous channels of whatever provider is the JVM's.
 */
public final class AsyncEcho {

  private static final int SECONDS = 10;

  private AsyncEcho() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println("provider " + AsynchronousChannelProvider.provider().getClass().getName());
    try (AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open();
        AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      server.accept(null, new Accepted());
      get(client.connect(server.getLocalAddress()));
      get(client.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII))));
      client.shutdownOutput();
      ByteBuffer echo = ByteBuffer.allocate(100);
      while (get(client.read(echo)) >= 0) {
        // Until the end of the stream.
      }
      System.out.println("echo " + StandardCharsets.US_ASCII.decode(echo.flip()));
    }
    System.out.println("channel of " + AsynchronousSocketChannel.open().provider().getClass());
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(SECONDS, TimeUnit.SECONDS);
  }

  /** Sends back what a client sends. */
  private static final class Accepted
      implements CompletionHandler<AsynchronousSocketChannel, Object> {

    @Override
    public void completed(AsynchronousSocketChannel channel, Object attachment) {
      Thread thread = Thread.currentThread();
      System.out.println("handler in " + (thread.isDaemon() ? "daemon " : "") + thread.getName());
      new Echo(channel).read();
    }

    @Override
    public void failed(Throwable error, Object attachment) {
      error.printStackTrace();
    }
  }

  private static final class Echo implements CompletionHandler<Integer, Boolean> {

    private final AsynchronousSocketChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(100);

    Echo(AsynchronousSocketChannel channel) {
      this.channel = channel;
    }

    void read() {
      channel.read(buffer.clear(), true, this);
    }

    @Override
    public void completed(Integer count, Boolean read) {
      try {
        if (count < 0) {
          channel.close();
        } else if (read) {
          channel.write(buffer.flip(), false, this);
        } else if (buffer.hasRemaining()) {
          channel.write(buffer, false, this);
        } else {
          read();
        }
      } catch (Exception e) {
        failed(e, read);
      }
    }

    @Override
    public void failed(Throwable error, Boolean read) {
      error.printStackTrace();
    }
  }
}
