package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.BlockingSockets;
import io.weir.testing.ChannelProviders;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How many bytes one channel writes before its loop turns to the others. */
class SelectorFairnessTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int BATCH = 64 * 1024;
  private static final long ALL = 256L * BATCH;

  private SelectorChannelGroup loops;

  @BeforeEach
  void start() {
    loops = ChannelProviders.selectors("test", 1);
  }

  @AfterEach
  void stop() throws Exception {
    loops.shutdownNow();
    assertTrue(loops.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  void a_channel_that_always_has_more_to_write_leaves_every_turn_to_the_others() throws Exception {
    try (ServerSocket server = BlockingSockets.listen();
        SocketChannel ours = SocketChannel.open(server.getLocalSocketAddress());
        Socket peer = BlockingSockets.accept(server)) {
      Future<Integer> read = Tasks.start(() -> BlockingSockets.countToEnd(peer));
      Writer writer = new Writer(SelectorSocketChannel.adopt(ours, loops));
      SelectorLoop loop = loops.next();
      loop.execute(
          () -> {
            writer.writeOn();
            new TurnWatch(loop, writer).run();
          });

      long most = Deadline.get(writer.mostInATurn);
      assertTrue(most <= SelectorLoop.MAX_WRITTEN_IN_A_TURN + BATCH, () -> most + " in a turn");
      assertEquals(ALL, (long) Deadline.get(read));
    }
  }

  /** Writes batch after batch, in the callback of the one before. */
  private static final class Writer implements CompletionHandler<Long, @Nullable Void> {

    private final SelectorSocketChannel channel;
    private final CompletableFuture<Long> mostInATurn = new CompletableFuture<>();
    private ByteBuffer batch = ByteBuffer.allocate(0);
    private long written;
    private boolean inCall;
    private boolean again;

    Writer(SelectorSocketChannel channel) {
      this.channel = channel;
    }

    void writeOn() {
      inCall = true;
      do {
        again = false;
        if (!batch.hasRemaining()) {
          batch = ByteBuffer.allocate(BATCH);
        }
        channel.write(new ByteBuffer[] {batch}, 1, this);
      } while (again);
      inCall = false;
    }

    @Override
    public void completed(Long count, @Nullable Void attachment) {
      written += count;
      if (written == ALL) {
        channel.abort();
      } else if (inCall) {
        again = true;
      } else {
        writeOn();
      }
    }

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      mostInATurn.completeExceptionally(error);
    }
  }

  /** Looks in every turn how much has been written since the turn before. */
  private static final class TurnWatch implements Runnable {

    private final SelectorLoop loop;
    private final Writer writer;
    private long before;
    private long most;

    TurnWatch(SelectorLoop loop, Writer writer) {
      this.loop = loop;
      this.writer = writer;
    }

    @Override
    public void run() {
      most = Math.max(most, writer.written - before);
      before = writer.written;
      if (writer.written == ALL) {
        writer.mostInATurn.complete(most);
      } else {
        loop.execute(this);
      }
    }
  }
}
