package io.weir.channels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Handlers of a group whose executor fails, because the system has no more threads. */
class ExecutorWithoutThreadsTest {

  private static final int MANY = 100_000;

  private final AtomicBoolean exhausted = new AtomicBoolean();

  /** Creates threads that cannot be started while the system has no more. */
  private ThreadFactory threads() {
    return task ->
        new Thread(task) {
          {
            setDaemon(true);
          }

          @Override
          public synchronized void start() {
            if (exhausted.get()) {
              throw new OutOfMemoryError("unable to create native thread");
            }
            super.start();
          }
        };
  }

  private void assertEveryHandlerRuns(ExecutorService executor) throws Exception {
    AsynchronousChannelProvider provider = new SelectorChannelProvider();
    AsynchronousChannelGroup group = provider.openAsynchronousChannelGroup(executor, 0);
    try (ServerSocket listener = BlockingSockets.listen();
        AsynchronousSocketChannel channel = provider.openAsynchronousSocketChannel(group)) {
      Deadline.get(channel.connect(listener.getLocalSocketAddress()));
      try (Socket peer = BlockingSockets.accept(listener)) {
        exhausted.set(true);
        Outcome<Integer> read =
            Outcome.of(handler -> channel.read(ByteBuffer.allocate(1), null, handler));
        peer.getOutputStream().write('a');
        assertEquals(1, read.value());
        Outcome<Integer> write =
            Outcome.of(handler -> channel.write(ByteBuffer.allocate(1), null, handler));
        assertEquals(1, write.value());
        exhausted.set(false);
        Outcome<Integer> next =
            Outcome.of(handler -> channel.write(ByteBuffer.allocate(1), null, handler));
        assertEquals(1, next.value());
        assertEquals(1, read.calls());
        assertEquals(1, write.calls());
      }
    } finally {
      group.shutdownNow();
    }
  }

  @Test
  void run_when_no_thread_can_be_started_for_them() throws Exception {
    assertEveryHandlerRuns(
        new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, 1, TimeUnit.NANOSECONDS, new SynchronousQueue<>(), threads()));
  }

  @Test
  void run_once_when_they_are_queued_before_no_thread_can_be_started() throws Exception {
    assertEveryHandlerRuns(
        new ThreadPoolExecutor(
            0, 1, 1, TimeUnit.NANOSECONDS, new LinkedBlockingQueue<>(), threads()));
  }

  @Test
  void do_not_nest_when_no_thread_can_be_started_for_them() throws Exception {
    AsynchronousChannelProvider provider = new SelectorChannelProvider();
    AsynchronousChannelGroup group =
        provider.openAsynchronousChannelGroup(Executors.newCachedThreadPool(threads()), 0);
    try (ServerSocket listener = BlockingSockets.listen();
        AsynchronousSocketChannel channel = provider.openAsynchronousSocketChannel(group)) {
      Deadline.get(channel.connect(listener.getLocalSocketAddress()));
      exhausted.set(true);
      CompletableFuture<Integer> all = new CompletableFuture<>();
      Thread caller = Thread.currentThread();
      AtomicBoolean inCall = new AtomicBoolean(true);
      channel.write(
          ByteBuffer.allocate(0),
          MANY,
          new CompletionHandler<>() {
            @Override
            public void completed(Integer count, Integer left) {
              if (left == 0 || (inCall.get() && Thread.currentThread() == caller)) {
                all.complete(left);
              } else {
                channel.write(ByteBuffer.allocate(0), left - 1, this);
              }
            }

            @Override
            public void failed(Throwable error, Integer left) {
              all.completeExceptionally(error);
            }
          });
      inCall.set(false);

      assertEquals(0, Deadline.get(all));
    } finally {
      exhausted.set(false);
      group.shutdownNow();
    }
  }
}
