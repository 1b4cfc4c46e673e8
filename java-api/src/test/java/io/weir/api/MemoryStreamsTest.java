package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionLostException;
import io.weir.ExtraInfo;
import io.weir.LimitOverrunException;
import io.weir.MemoryStreams;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TransportSocket;
import io.weir.testing.Deadline;
import java.net.StandardSocketOptions;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What connections in memory have of their own; what all have is in the suite. */
class MemoryStreamsTest {

  private static final int CAPACITY = 64 * 1024;
  private static final int LIMIT = 1_000;

  private final MemoryStreams.Pair pair = MemoryStreams.pair(LIMIT);
  private final StreamReader reader = pair.first().reader();
  private final StreamWriter writer = pair.first().writer();
  private final StreamReader peerReader = pair.second().reader();
  private final StreamWriter peerWriter = pair.second().writer();

  @Test
  void what_one_end_does_completes_the_futures_of_the_other_on_its_thread() {
    CompletableFuture<Thread> thread =
        peerReader.readLine().thenApply(line -> Thread.currentThread());
    assertFalse(thread.isDone());

    writer.write(bytes("line\n"));

    assertTrue(thread.isDone());
    assertEquals(Thread.currentThread(), Deadline.get(thread));
  }

  @Test
  void a_peer_that_does_not_read_holds_the_writer_up_at_the_same_byte_each_time() {
    int queued = 200_000;
    int onItsWay = 0;
    while (writer.transport().getWriteBufferSize() == 0) {
      writer.write(new byte[100]);
      onItsWay += 100;
    }
    onItsWay -= (int) writer.transport().getWriteBufferSize();
    assertTrue(onItsWay > CAPACITY + 2 * LIMIT, "on its way: " + onItsWay);
    assertFalse(peerWriter.transport().isReading());

    writer.write(new byte[queued]);
    CompletableFuture<Void> drain = writer.drain();
    assertFalse(drain.isDone());
    long before = writer.transport().getWriteBufferSize();
    assertTrue(before >= queued, "queued: " + before);
    assertEquals(onItsWay, Deadline.get(peerReader.readExactly(onItsWay)).length);

    assertTrue(writer.transport().getWriteBufferSize() < before);
    assertEquals(before, Deadline.get(peerReader.readExactly((int) before)).length);
    assertNull(Deadline.get(drain));
  }

  @Test
  void half_a_close_is_seen_at_once() {
    CompletableFuture<byte[]> end = peerReader.read();
    writer.write(bytes("all"));
    writer.writeEof();

    assertTrue(end.isDone());
    assertEquals("all", text(end));
    assertTrue(peerReader.atEof());
    assertFalse(peerWriter.isClosing());
    peerWriter.write(bytes("more"));
    assertEquals("more", text(reader.readExactly(4)));
  }

  @Test
  void an_abort_is_a_loss_for_the_peer_behind_what_had_come() {
    writer.write(bytes("last words"));
    writer.transport().abort();

    assertEquals("last words", text(peerReader.readExactly(10)));
    ConnectionLostException lost =
        Deadline.failure(ConnectionLostException.class, peerReader.read(1));
    assertTrue(lost.getMessage().contains("Connection reset"), lost.getMessage());
    Deadline.failure(ConnectionLostException.class, peerWriter.waitClosed());
    assertNull(Deadline.get(writer.waitClosed()));
  }

  @Test
  void the_limit_is_that_of_both_readers_and_is_checked() {
    assertEquals(LIMIT, reader.limit());
    assertEquals(LIMIT, peerReader.limit());
    assertEquals(StreamReader.DEFAULT_LIMIT, MemoryStreams.pair().first().reader().limit());
    peerWriter.write(new byte[LIMIT + 1]);
    peerWriter.write(bytes("\n"));
    Deadline.failure(LimitOverrunException.class, reader.readLine());

    for (int wrong : new int[] {0, -1}) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> MemoryStreams.pair(wrong));
      assertTrue(refused.getMessage().contains("limit is " + wrong), refused.getMessage());
    }
  }

  @Test
  void there_is_no_socket_whose_options_could_be_set() {
    TransportSocket socket = writer.getExtraInfo(ExtraInfo.SOCKET);

    assertTrue(socket.supportedOptions().isEmpty());
    assertThrows(
        UnsupportedOperationException.class,
        () -> socket.setOption(StandardSocketOptions.TCP_NODELAY, true));
    assertTrue(socket.isOpen());
  }

  @Test
  void each_pair_has_names_of_its_own() {
    assertNotEquals(
        String.valueOf(writer.getExtraInfo(ExtraInfo.SOCK_NAME)),
        String.valueOf(MemoryStreams.pair().first().writer().getExtraInfo(ExtraInfo.SOCK_NAME)));
  }
}
