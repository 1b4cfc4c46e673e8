package io.weir.channels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.ChannelProviders;
import io.weir.testing.Deadline;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.IllegalChannelGroupException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link AsynchronousChannelProvider}, sentence by sentence of its documentation. */
@ParameterizedClass
@EnumSource(
    value = ChannelProviders.class,
    names = {"SELECTOR_LOOPS", "JDK"})
class ChannelProviderContractTest {

  @Parameter ChannelProviders providers;

  private AsynchronousChannelProvider provider() {
    return providers.provider();
  }

  private AsynchronousChannelProvider another() {
    return providers == ChannelProviders.JDK
        ? ChannelProviders.SELECTOR_LOOPS.provider()
        : ChannelProviders.JDK.provider();
  }

  private static void terminate(AsynchronousChannelGroup group) throws Exception {
    group.shutdownNow();
    assertTrue(group.awaitTermination(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
  }

  @Test
  void a_group_belongs_to_the_provider_that_opened_it() throws Exception {
    AsynchronousChannelGroup fixed =
        provider().openAsynchronousChannelGroup(1, ChannelGroups.threads());
    AsynchronousChannelGroup cached =
        provider().openAsynchronousChannelGroup(Executors.newCachedThreadPool(), 1);

    assertSame(provider(), fixed.provider());
    assertSame(provider(), cached.provider());
    assertNotSame(fixed, cached);
    terminate(fixed);
    terminate(cached);
  }

  @Test
  void a_channel_that_is_opened_in_a_group_belongs_to_its_provider() throws Exception {
    AsynchronousChannelGroup group =
        provider().openAsynchronousChannelGroup(1, ChannelGroups.threads());

    assertSame(provider(), AsynchronousSocketChannel.open(group).provider());
    assertSame(provider(), AsynchronousServerSocketChannel.open(group).provider());
    terminate(group);
  }

  @Test
  void a_group_of_0_threads_or_less_is_an_illegal_argument() throws Exception {
    for (int threads : new int[] {0, -1, Integer.MIN_VALUE}) {
      ChannelContract.assertThrown(
          IllegalArgumentException.class,
          () -> provider().openAsynchronousChannelGroup(threads, ChannelGroups.threads()));
    }
  }

  @Test
  void null_threads_and_executors_are_refused() throws Exception {
    ChannelContract.assertThrown(
        NullPointerException.class, () -> provider().openAsynchronousChannelGroup(1, null));
    ChannelContract.assertThrown(
        NullPointerException.class,
        () -> provider().openAsynchronousChannelGroup((ExecutorService) null, 0));
  }

  @Test
  void a_group_of_another_provider_is_refused() throws Exception {
    AsynchronousChannelGroup group =
        another().openAsynchronousChannelGroup(1, ChannelGroups.threads());

    ChannelContract.assertThrown(
        IllegalChannelGroupException.class, () -> provider().openAsynchronousSocketChannel(group));
    ChannelContract.assertThrown(
        IllegalChannelGroupException.class,
        () -> provider().openAsynchronousServerSocketChannel(group));
    assertFalse(group.isShutdown());
    terminate(group);
  }

  @Test
  void a_group_of_another_provider_of_the_same_class_is_refused() throws Exception {
    AsynchronousChannelProvider twin = new SelectorChannelProvider();
    AsynchronousChannelGroup group = twin.openAsynchronousChannelGroup(1, ChannelGroups.threads());

    ChannelContract.assertThrown(
        IllegalChannelGroupException.class, () -> provider().openAsynchronousSocketChannel(group));
    ChannelContract.assertThrown(
        IllegalChannelGroupException.class,
        () -> provider().openAsynchronousServerSocketChannel(group));
    twin.openAsynchronousSocketChannel(group).close();
    terminate(group);
  }

  @Test
  void any_initial_size_will_do() throws Exception {
    for (int size : new int[] {Integer.MIN_VALUE, -1, 0, 1, 3}) {
      ExecutorService executor = Executors.newCachedThreadPool(ChannelGroups.threads());
      AsynchronousChannelGroup group = provider().openAsynchronousChannelGroup(executor, size);
      assertWorks(group);
      terminate(group);
      assertTrue(executor.isTerminated());
    }
  }

  @Test
  void an_executor_of_one_thread_will_do() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor(ChannelGroups.threads());
    AsynchronousChannelGroup group = provider().openAsynchronousChannelGroup(executor, 0);
    assertWorks(group);
    group.shutdown();

    assertTrue(group.awaitTermination(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
    assertTrue(executor.isShutdown());
    assertTrue(executor.isTerminated());
  }

  /** Asserts that a handler runs on a thread of the group. */
  private void assertWorks(AsynchronousChannelGroup group) throws Exception {
    try (AsynchronousServerSocketChannel server =
            provider().openAsynchronousServerSocketChannel(group).bind(ChannelContract.anyPort());
        AsynchronousSocketChannel client = provider().openAsynchronousSocketChannel(group)) {
      Outcome<AsynchronousSocketChannel> accept =
          Outcome.of(handler -> server.accept(null, handler));
      Outcome<Void> connect =
          Outcome.of(handler -> client.connect(server.getLocalAddress(), null, handler));
      connect.value();
      accept.value().close();

      assertTrue(connect.thread().getName().startsWith(ChannelGroups.THREADS));
      assertTrue(accept.thread().getName().startsWith(ChannelGroups.THREADS));
      assertEquals(1, accept.calls());
    }
  }
}
