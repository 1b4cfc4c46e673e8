package io.weir.channels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.Tasks;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The default group of a provider on selector loops. */
@Tag(Multiplicity.TAG)
class DefaultGroupTest {

  private final SelectorChannelProvider provider = new SelectorChannelProvider();

  /** The threads that wait for I/O, of this provider and of others. */
  private static Set<Thread> ioThreads() {
    Set<Thread> found = new HashSet<>(Thread.getAllStackTraces().keySet());
    found.removeIf(thread -> !thread.getName().startsWith("weir-group-"));
    return found;
  }

  /** Has one connection exchange a byte. */
  private void exchange() throws Exception {
    try (AsynchronousServerSocketChannel listening =
            provider.openAsynchronousServerSocketChannel(null);
        AsynchronousSocketChannel client = provider.openAsynchronousSocketChannel(null)) {
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Future<AsynchronousSocketChannel> accepted = listening.accept();
      Deadline.get(client.connect(listening.getLocalAddress()));
      try (AsynchronousSocketChannel server = Deadline.get(accepted)) {
        assertEquals(1, Deadline.get(server.write(ByteBuffer.allocate(1))));
        assertEquals(1, Deadline.get(client.read(ByteBuffer.allocate(1))));
      }
    }
  }

  @Test
  void its_threads_terminate_with_the_last_channel_and_start_again_with_the_next()
      throws Exception {
    for (int round = 0; round < 2; round++) {
      Set<Thread> before = ioThreads();
      Set<Thread> threads;
      try (AsynchronousSocketChannel open = provider.openAsynchronousSocketChannel(null)) {
        exchange();
        exchange();
        threads = ioThreads();
        threads.removeAll(before);
        assertFalse(threads.isEmpty());
        assertTrue(open.isOpen());
      }

      Deadline.await(
          "the threads have terminated", () -> threads.stream().noneMatch(Thread::isAlive));
    }
  }

  @Test
  void channels_open_while_the_last_one_closes_on_other_threads() throws Exception {
    List<Future<Void>> openers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      openers.add(
          Tasks.start(
              () -> {
                for (int round = 0; round < Multiplicity.rounds(1_000); round++) {
                  exchange();
                }
                return null;
              }));
    }
    for (Future<Void> opener : openers) {
      Deadline.get(opener);
    }
  }
}
