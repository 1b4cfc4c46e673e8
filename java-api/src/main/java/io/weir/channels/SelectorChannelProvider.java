package io.weir.channels;

import io.weir.internal.channel.SelectorChannelGroup;
import io.weir.internal.channel.SelectorServerSocketChannel;
import io.weir.internal.channel.SelectorSocketChannel;
import io.weir.internal.concurrent.DaemonThread;
import io.weir.internal.concurrent.IoThread;
import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.IllegalChannelGroupException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Asynchronous channels on selector loops. A drop-in replacement for the JDK's provider that makes
 * fewer system calls per message, because a channel stays registered with its selector. Streams use
 * this provider unless {@link io.weir.RuntimeOptions#withChannelProvider} selects another.
 *
 * <p>Any other program can use it as well, without streams. For all channels of a JVM:
 *
 * <pre>
 * java -Djava.nio.channels.spi.AsynchronousChannelProvider=io.weir.channels.SelectorChannelProvider
 * </pre>
 *
 * <p>or for some of them:
 *
 * <pre>{@code
 * AsynchronousChannelProvider provider = new SelectorChannelProvider();
 * AsynchronousChannelGroup group = provider.openAsynchronousChannelGroup(2, Thread::new);
 * AsynchronousSocketChannel channel = AsynchronousSocketChannel.open(group);
 * }</pre>
 *
 * <p>The channels do what the documentation of {@link AsynchronousSocketChannel} and {@link
 * AsynchronousServerSocketChannel} says. Where it leaves a choice:
 *
 * <ul>
 *   <li>In a group with a fixed number of threads, each channel belongs to one thread, which calls
 *       its handlers. A handler that blocks delays the other channels of its thread, and deadlocks
 *       when it waits for one of them.
 *   <li>In a group with an executor, and in the default group, the executor calls the handlers, and
 *       another thread of the group waits for I/O. Handlers may block. Each operation costs a
 *       thread switch.
 *   <li>A handler never runs inside another handler.
 *   <li>After a read, write or accept that was cancelled or timed out, the channel refuses further
 *       operations of that kind with {@link IllegalStateException}. After a connect that was
 *       cancelled, it refuses reads and writes.
 * </ul>
 */
public final class SelectorChannelProvider extends AsynchronousChannelProvider {

  private static final String THREAD_FACTORY = "java.nio.channels.DefaultThreadPool.threadFactory";

  private static final String INITIAL_SIZE = "java.nio.channels.DefaultThreadPool.initialSize";

  /** Guarded by this. Not annotated: javac warns when a program lacks the annotation's class. */
  private @Nullable SelectorChannelGroup defaultGroup;

  /** Creates a provider. Starts no thread. */
  public SelectorChannelProvider() {}

  /**
   * {@inheritDoc}
   *
   * @param threads the number of threads, more than 0; each starts with its first channel. One more
   *     thread, which calls no handlers, serves the listening sockets
   */
  @Override
  public AsynchronousChannelGroup openAsynchronousChannelGroup(
      int threads, ThreadFactory threadFactory) {
    Objects.requireNonNull(threadFactory, "threadFactory");
    if (threads <= 0) {
      throw new IllegalArgumentException("threads is " + threads + ": it must be more than 0");
    }
    return new SelectorChannelGroup(
        this, threads, threadFactory, IoThread.factory("weir-acceptor"));
  }

  /**
   * {@inheritDoc}
   *
   * @param executor calls the handlers; the group shuts it down when it terminates
   * @param initialSize without effect, because the group's own threads wait for I/O
   */
  @Override
  public AsynchronousChannelGroup openAsynchronousChannelGroup(
      ExecutorService executor, int initialSize) {
    return new SelectorChannelGroup(this, Objects.requireNonNull(executor, "executor"));
  }

  @Override
  public AsynchronousServerSocketChannel openAsynchronousServerSocketChannel(
      @Nullable AsynchronousChannelGroup group) throws IOException {
    return SelectorServerSocketChannel.open(groupOrDefault(group));
  }

  @Override
  public AsynchronousSocketChannel openAsynchronousSocketChannel(
      @Nullable AsynchronousChannelGroup group) throws IOException {
    return SelectorSocketChannel.open(groupOrDefault(group));
  }

  private SelectorChannelGroup groupOrDefault(@Nullable AsynchronousChannelGroup group) {
    if (group == null) {
      return defaultGroup();
    }
    if (group instanceof SelectorChannelGroup ours && ours.provider() == this) {
      return ours;
    }
    throw new IllegalChannelGroupException();
  }

  private synchronized SelectorChannelGroup defaultGroup() {
    if (defaultGroup == null) {
      checkInitialSize();
      defaultGroup =
          new SelectorChannelGroup(this, Executors.newCachedThreadPool(defaultThreads()));
    }
    return defaultGroup;
  }

  /** Refuses an initial size that is not a number. The size itself has no effect. */
  private static void checkInitialSize() {
    String size = System.getProperty(INITIAL_SIZE);
    try {
      Integer.parseInt(size == null ? "0" : size);
    } catch (NumberFormatException e) {
      throw new Error(INITIAL_SIZE + " is " + size + ": it must be a number", e);
    }
  }

  /** The threads of the default group, as {@link AsynchronousChannelGroup} says. */
  private static ThreadFactory defaultThreads() {
    String name = System.getProperty(THREAD_FACTORY);
    if (name == null) {
      return DaemonThread.factory("weir-handler");
    }
    try {
      return Class.forName(name, true, ClassLoader.getSystemClassLoader())
          .asSubclass(ThreadFactory.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new Error(THREAD_FACTORY + " is " + name + ": the class cannot be instantiated", e);
    }
  }
}
