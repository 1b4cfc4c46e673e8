package io.weir.channels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Groups that create threads as needed: their handlers may block. */
@ParameterizedClass
@MethodSource("io.weir.channels.ChannelGroups#thatMayBlock")
class BlockingHandlersContractTest extends ChannelContract {

  private static final int MANY = 20;

  @Test
  void handlers_that_block_stop_no_other_channel() throws Exception {
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    CountDownLatch blocked = new CountDownLatch(MANY);
    CountDownLatch returned = new CountDownLatch(MANY);
    for (int i = 0; i < MANY; i++) {
      ChannelPair pair = connect();
      pair.channel()
          .read(
              ByteBuffer.allocate(1),
              null,
              new Outcome<>(
                  () -> {
                    blocked.countDown();
                    Deadline.get(goOn);
                    returned.countDown();
                  }));
      pair.peerSends("a");
    }
    assertTrue(blocked.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));

    ChannelPair another = connect();
    another.assertWorks();
    Outcome<Integer> read = another.pendingRead();
    another.peerSends("a");
    assertEquals(1, read.value());
    AsynchronousServerSocketChannel server = listen();
    Outcome<AsynchronousSocketChannel> accept = Outcome.of(handler -> server.accept(null, handler));
    connectTo(server);
    closeAfterTest(accept.value());
    goOn.complete(null);
    assertTrue(returned.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
  }

  @Test
  void a_handler_can_wait_for_operations_of_its_own_channel() throws Exception {
    ChannelPair pair = connect();
    CompletableFuture<String> waited = new CompletableFuture<>();
    pair.channel()
        .read(
            ByteBuffer.allocate(1),
            null,
            Handlers.<Integer>of(
                (count, error) -> {
                  try {
                    pair.write("go on");
                    waited.complete(pair.read(3));
                  } catch (Throwable e) {
                    waited.completeExceptionally(e);
                  }
                }));
    pair.peerSends("a");
    assertEquals("go on", pair.peerReceives(5));
    pair.peerSends("abc");

    assertEquals("abc", Deadline.get(waited));
  }
}
