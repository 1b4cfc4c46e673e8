package io.weir.faults;

import static io.weir.testing.Texts.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.programs.SmallHeapServer;
import io.weir.testing.BlockingSockets;
import io.weir.testing.ChildJvm;
import io.weir.testing.Deadline;
import io.weir.testing.Echo;
import io.weir.testing.Multiplicity;
import io.weir.testing.Program;
import io.weir.testing.Tasks;
import io.weir.testing.Texts;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A server whose heap is smaller than what its clients send, or than what its handlers want. */
@Tag(Multiplicity.TAG)
class SmallHeapTest {

  private static final int MIB = 1 << 20;
  private static final int HEAP = 64 * MIB;
  private static final int CLIENTS = Multiplicity.isAll() ? 100 : 50;
  private static final int OF_EACH = 2 * MIB;
  private static final int LINE = 16 * 1024;

  private Program child;
  private int port;

  @BeforeEach
  void start() throws Exception {
    child = Program.program(ChildJvm.command(SmallHeapServer.class, "-Xmx" + HEAP));
    port = child.port();
  }

  @AfterEach
  void stop() {
    child.close();
  }

  @Test
  void F59_clients_that_send_more_than_the_heap_and_read_late_get_all_of_it_back()
      throws Exception {
    byte[] sent = lines();
    List<Socket> clients = new ArrayList<>();
    List<Future<Boolean>> sending = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Socket client = BlockingSockets.connect(port);
      clients.add(client);
      sending.add(Tasks.start(() -> send(client, sent)));
    }
    for (Socket client : clients) { // one after the other: those behind it are held back meanwhile
      assertArrayEquals(sent, client.getInputStream().readNBytes(sent.length));
    }
    for (Future<Boolean> each : sending) {
      assertTrue(Deadline.get(each));
    }
    for (Socket client : clients) {
      client.close();
    }
    assertStillServes();
  }

  private static byte[] lines() {
    byte[] lines = Texts.noise(OF_EACH, 3);
    for (int i = 0; i < lines.length; i++) {
      lines[i] = i % LINE == LINE - 1 ? (byte) '\n' : (byte) ((lines[i] & 0x1f) | 0x40);
    }
    return lines;
  }

  private static boolean send(Socket client, byte[] data) throws IOException {
    client.getOutputStream().write(data);
    return true;
  }

  @Test
  void F59_a_read_that_asks_for_more_than_the_heap_ends_its_connection_alone() throws Exception {
    try (Socket other = BlockingSockets.connect(port);
        Socket greedy = BlockingSockets.connect(port)) {
      Echo.assertFrom(other);
      greedy.getOutputStream().write(bytes(SmallHeapServer.TAKE));
      byte[] piece = new byte[MIB];
      assertThrows(IOException.class, () -> sendTwiceTheHeap(greedy, piece));

      String error = assertIsToldOfNoMemory();
      assertTrue(error.matches(".* no memory for \\d+ bytes of incoming data: .*"), error);
      Echo.assertFrom(other);
      assertStillServes();
    }
  }

  private static void sendTwiceTheHeap(Socket client, byte[] piece) throws IOException {
    for (int sent = 0; sent < 2 * HEAP; sent += piece.length) {
      client.getOutputStream().write(piece);
    }
  }

  @Test
  void F59_a_handler_that_writes_more_than_the_heap_without_waiting_ends_its_connection_alone()
      throws Exception {
    try (Socket other = BlockingSockets.connect(port);
        Socket greedy = BlockingSockets.connect(port)) {
      Echo.assertFrom(other);
      greedy.getOutputStream().write(bytes(SmallHeapServer.GIVE));
      assertIsToldOfNoMemory();

      int given = BlockingSockets.countToEnd(greedy);
      assertTrue(given > MIB && given < HEAP, () -> given + " bytes");
      Echo.assertFrom(other);
      assertStillServes();
    }
  }

  private String assertIsToldOfNoMemory() throws InterruptedException {
    String error = child.lineWith("error ");
    assertTrue(error.startsWith("error HANDLER "), error);
    assertTrue(error.contains("java.lang.OutOfMemoryError: "), error);
    return error;
  }

  private void assertStillServes() throws IOException {
    for (int i = 0; i < CLIENTS; i++) {
      Echo.assertFrom(port);
    }
    assertTrue(child.handle().isAlive());
  }
}
