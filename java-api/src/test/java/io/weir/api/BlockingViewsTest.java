package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectionLostException;
import io.weir.MemoryStreams;
import io.weir.StreamReader;
import io.weir.WriteLimits;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Readers and writers as streams of java.io, with what is built upon those. */
class BlockingViewsTest {

  private final MemoryStreams.Pair pair = MemoryStreams.pair();
  private final InputStream in = pair.first().reader().asInputStream();
  private final OutputStream out = pair.second().writer().asOutputStream();

  @AfterEach
  void close() {
    pair.first().writer().transport().abort();
    pair.second().writer().transport().abort();
  }

  @Test
  void a_read_returns_what_is_there_and_waits_for_a_byte() throws Exception {
    Future<Integer> first = Tasks.start(in::read);
    out.write(bytes("abc"));
    assertEquals('a', Deadline.get(first));
    assertEquals(2, in.available());
    byte[] target = new byte[10];
    assertEquals(2, in.read(target, 3, 7));

    assertEquals("bc", new String(target, 3, 2, StandardCharsets.UTF_8));
    assertEquals(0, in.available());
    assertEquals(0, in.read(target, 0, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> in.read(target, 5, 6));
  }

  @Test
  void the_end_is_minus_one_again_and_again() throws IOException {
    out.write(0xff);
    pair.second().writer().writeEof();

    assertEquals(0xff, in.read());
    assertEquals(-1, in.read());
    assertEquals(-1, in.read(new byte[3]));
    assertEquals(0, in.transferTo(new ByteArrayOutputStream()));
  }

  @Test
  void data_streams_and_text_work() throws IOException {
    DataOutputStream data = new DataOutputStream(out);
    data.writeLong(42);
    data.writeUTF("grün");
    out.write("a line\n".getBytes(StandardCharsets.UTF_8));
    DataInputStream received = new DataInputStream(in);

    assertEquals(42, received.readLong());
    assertEquals("grün", received.readUTF());
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    assertEquals("a line", lines.readLine());
  }

  @Test
  void GZIP_works_through_back_pressure() throws Exception {
    byte[] random = new byte[3_000_000];
    new Random(1).nextBytes(random);
    Future<Boolean> sender =
        Tasks.start(
            () -> {
              try (GZIPOutputStream zipped = new GZIPOutputStream(out)) {
                zipped.write(random);
              }
              return true;
            });

    assertArrayEquals(random, new GZIPInputStream(in).readAllBytes());
    in.close();
    assertTrue(Deadline.get(sender));
  }

  @Test
  void a_write_waits_until_the_peer_keeps_up() {
    pair.second().writer().transport().setWriteBufferLimits(WriteLimits.ofHigh(1_000));
    byte[] much = new byte[5_000_000];
    Future<Boolean> writing =
        Tasks.start(
            () -> {
              out.write(much);
              return true;
            });
    Deadline.await(
        "the writer waits", () -> pair.second().writer().transport().getWriteBufferSize() > 1_000);
    assertTrue(pair.second().writer().transport().getWriteBufferSize() < 200_000);

    Deadline.get(pair.first().reader().readExactly(much.length));
    assertTrue(Deadline.get(writing));
  }

  @Test
  void closing_a_view_closes_the_connection() throws IOException {
    in.close();
    in.close();

    assertTrue(pair.first().writer().isClosing());
    assertThrows(IOException.class, in::read);
    assertThrows(IOException.class, in::available);
    out.close();
    assertThrows(IOException.class, () -> out.write(1));
  }

  @Test
  void a_read_that_waits_while_the_view_is_closed_is_not_at_the_end() throws Exception {
    CompletableFuture<Thread> reading = new CompletableFuture<>();
    Future<Integer> read =
        Tasks.start(
            () -> {
              reading.complete(Thread.currentThread());
              return in.read();
            });
    Thread reader = Deadline.get(reading);
    Deadline.await("it waits", () -> reader.getState() == Thread.State.WAITING);
    in.close();

    Deadline.failure(IOException.class, read);
  }

  @Test
  void a_write_after_the_end_of_the_output_is_an_IOException() {
    pair.second().writer().writeEof();

    IOException refused = assertThrows(IOException.class, () -> out.write(1));
    assertTrue(refused.getMessage().contains("after writeEof()"), refused::getMessage);
  }

  @Test
  void a_closed_output_has_been_sent() throws Exception {
    try (ConnectedPair sockets = ConnectedPair.open()) {
      byte[] much = new byte[8 << 20];
      Future<byte[]> received = Tasks.start(() -> sockets.peer().receiveAll());
      try (OutputStream blocking = sockets.writer().asOutputStream()) {
        blocking.write(much);
      }

      assertEquals(0, sockets.writer().closeReason().unsent());
      assertEquals(much.length, Deadline.get(received).length);
    }
  }

  @Test
  void an_interrupt_ends_a_read_and_loses_nothing() throws Exception {
    Thread.currentThread().interrupt();
    assertThrows(InterruptedIOException.class, in::read);
    assertTrue(Thread.interrupted());
    out.write('x');

    assertEquals('x', in.read());
  }

  @Test
  void a_lost_connection_is_an_IOException() {
    StreamReader broken = StreamReader.handFed(10);
    broken.setException(new ConnectionLostException("lost", null));

    assertThrows(ConnectionLostException.class, () -> broken.asInputStream().read());
  }

  @Test
  void a_view_and_reads_take_turns() throws IOException {
    out.write(bytes("one\ntwo\n"));

    assertEquals('o', in.read());
    assertEquals("ne\n", text(AsyncStreams.await(pair.first().reader().readLine())));
    assertEquals('t', in.read());
  }
}
