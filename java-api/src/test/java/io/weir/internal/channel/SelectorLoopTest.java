package io.weir.internal.channel;

import io.weir.testing.Deadline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class SelectorLoopTest {

  private static final SelectorLoop LOOP = SelectorSockets.LOOP;

  /**
   * The loop selects when the byte comes, and again as somebody wants it to settle by then. In each
   * turn another comes; the second must not be forgotten, as nobody else wakes the loop.
   */
  @Test
  void who_comes_while_the_loop_settles_for_another_is_told_too() throws Exception {
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    List<Thread> waiting = new CopyOnWriteArrayList<>();
    SelectorLoop.Registered turns =
        operations -> {
          waiting.add(startToSettle());
          if (waiting.size() == 2) {
            takeByte(pipe.source());
          }
        };
    LOOP.register(pipe.source(), turns).interestOps(SelectionKey.OP_READ);
    LOOP.settle();
    pipe.sink().write(ByteBuffer.allocate(1));

    Deadline.await("two have come", () -> waiting.size() == 2);
    Deadline.await("both are told", () -> waiting.stream().noneMatch(Thread::isAlive));
    pipe.sink().close();
    pipe.source().close();
    LOOP.settle();
    SelectorSockets.assertNothingIsOpen();
  }

  private static Thread startToSettle() {
    Thread thread = new Thread(LOOP::settle, "test-settling");
    thread.setDaemon(true);
    thread.start();
    Deadline.await("it waits", () -> thread.getState() == Thread.State.WAITING);
    return thread;
  }

  private static void takeByte(Pipe.SourceChannel source) {
    try {
      source.read(ByteBuffer.allocate(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
