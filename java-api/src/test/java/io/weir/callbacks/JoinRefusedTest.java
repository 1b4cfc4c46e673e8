package io.weir.callbacks;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.StreamConnection;
import io.weir.testing.BlockingPeer;
import io.weir.testing.Deadline;
import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A callback on a thread of a program's own channel group cannot wait: the thread would have to
 * complete what it waits for.
 */
class JoinRefusedTest {

  /** The refusal comes at once; six that do not come end the class in half a minute. */
  private static final int PATIENCE_SECONDS = 5;

  private static final ThreadFactory DAEMONS =
      task -> {
        Thread thread = new Thread(task, "group of the test");
        thread.setDaemon(true);
        return thread;
      };

  /** The groups of the JDK. */
  enum Group {
    FIXED {
      @Override
      AsynchronousChannelGroup create() throws IOException {
        return AsynchronousChannelGroup.withFixedThreadPool(2, DAEMONS);
      }
    },
    CACHED {
      @Override
      AsynchronousChannelGroup create() throws IOException {
        ExecutorService threads = Executors.newCachedThreadPool(DAEMONS);
        return AsynchronousChannelGroup.withCachedThreadPool(threads, 1);
      }
    };

    abstract AsynchronousChannelGroup create() throws IOException;
  }

  /** What a callback may try to wait for. */
  enum Wait {
    READ(connection -> connection.reader().readLine()),
    WAIT_CLOSED(connection -> connection.writer().waitClosed()),
    PEER_GONE(StreamConnection::whenPeerGone);

    @SuppressWarnings("ImmutableEnumChecker") // a function without state
    final Function<StreamConnection, CompletableFuture<?>> begin;

    Wait(Function<StreamConnection, CompletableFuture<?>> begin) {
      this.begin = begin;
    }
  }

  @ParameterizedTest
  @EnumSource
  void join_in_a_callback_on_a_fixed_group_is_refused_with_advice(Wait wait) throws Exception {
    assertRefused(Group.FIXED, wait);
  }

  @ParameterizedTest
  @EnumSource
  void join_in_a_callback_on_a_cached_group_is_refused_with_advice(Wait wait) throws Exception {
    assertRefused(Group.CACHED, wait);
  }

  private static void assertRefused(Group kind, Wait wait) throws Exception {
    AsynchronousChannelGroup group = kind.create();
    try (BlockingPeer.Listener listener = new BlockingPeer.Listener()) {
      AsynchronousSocketChannel channel = AsynchronousSocketChannel.open(group);
      Deadline.get(channel.connect(listener.address()));
      StreamConnection connection = Deadline.get(AsyncStreams.openConnection(channel));
      CompletableFuture<Throwable> thrown =
          connection
              .reader()
              .readLine()
              .thenApply(line -> failureOf(connection, wait))
              .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS);
      try (BlockingPeer peer = listener.accept()) {
        peer.send("line\n");

        IllegalStateException refused =
            assertInstanceOf(IllegalStateException.class, Deadline.get(thrown));
        assertTrue(refused.getMessage().contains("thenCompose"), refused.getMessage());
      }
    } finally {
      group.shutdownNow();
    }
  }

  private static Throwable failureOf(StreamConnection connection, Wait wait) {
    try {
      wait.begin.apply(connection).join();
      return new AssertionError("completed");
    } catch (Throwable thrown) { // for the test to look at
      return thrown;
    }
  }
}
