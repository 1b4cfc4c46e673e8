package io.weir.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.Server;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.Program;
import io.weir.testing.Tasks;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Python's asyncio at the other end. */
class PythonPeersTest {

  private static final int MIB = 1024 * 1024;
  private static final int BULK_MIB = 64;
  private static final int LINES = 1000;
  private static final int LONGEST_LINE = 60 * 1024;

  @Test
  void its_echo_client_talks_to_our_server() throws Exception {
    CompletableFuture<Void> served = new CompletableFuture<>();
    ConnectionHandler echo =
        (reader, writer) ->
            reader
                .read(100)
                .thenAccept(writer::write)
                .thenCompose(nothing -> writer.drain())
                .thenRun(writer::close)
                .thenCompose(nothing -> writer.waitClosed())
                .whenComplete((nothing, error) -> pass(served, error));
    Server server = Loopback.serve(echo);

    try (Program python = Program.python("echo_client.py", Loopback.port(server))) {
      assertEquals("received 'Hello World!'", python.line());
      python.assertEndsWell();
    }
    Deadline.get(served);
    Loopback.end(server);
  }

  @Test
  void our_client_talks_to_its_echo_server() throws Exception {
    try (Program python = Program.python("echo_server.py");
        StreamConnection connection = Loopback.connect(python.port())) {
      connection.writer().write("Hello World!".getBytes(US_ASCII));
      Deadline.get(connection.writer().drain());

      assertEquals("Hello World!", text(Deadline.get(connection.reader().read(100))));
      assertEquals("received 'Hello World!' from 127.0.0.1", python.line());
      assertEquals("", text(Deadline.get(connection.reader().read(100))));
      assertTrue(connection.reader().atEof());
    }
  }

  @Test
  void a_thousand_lines_of_random_length_are_answered() throws Exception {
    long seed = System.nanoTime();
    try (Program python = Program.python("line_server.py");
        StreamConnection connection = Loopback.connect(python.port())) {
      Random random = new Random(seed);
      for (int i = 0; i < LINES; i++) {
        byte[] line = line(random);
        connection.writer().write(line);
        byte[] answer = Deadline.get(connection.reader().readLine());

        int number = i;
        assertArrayEquals(reversed(line), answer, () -> "line " + number + ", seed " + seed);
      }
      connection.writer().writeEof();
      assertEquals(0, Deadline.get(connection.reader().readLine()).length);
    }
  }

  @Test
  void a_thousand_lines_sent_in_one_go_are_answered_in_order() throws Exception {
    long seed = System.nanoTime();
    try (Program python = Program.python("line_server.py");
        StreamConnection connection = Loopback.connect(python.port())) {
      Future<Boolean> sending = Tasks.start(() -> sendLines(connection.writer(), seed));
      Random random = new Random(seed);
      for (int i = 0; i < LINES; i++) {
        byte[] answer = Deadline.get(connection.reader().readLine());

        int number = i;
        assertArrayEquals(
            reversed(line(random)), answer, () -> "line " + number + ", seed " + seed);
      }
      assertTrue(Deadline.get(sending));
      assertEquals(0, Deadline.get(connection.reader().readLine()).length);
    }
  }

  private static boolean sendLines(StreamWriter writer, long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < LINES; i++) {
      writer.write(line(random));
      Deadline.get(writer.drain());
    }
    writer.writeEof();
    return true;
  }

  @Test
  void what_it_sends_in_bulk_arrives_unchanged() throws Exception {
    try (Program python = Program.python("bulk_sender.py", BULK_MIB);
        StreamConnection connection = Loopback.connect(python.port())) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      long size = 0;
      byte[] part = Deadline.get(connection.reader().read(MIB));
      while (part.length > 0) {
        size += part.length;
        digest.update(part);
        part = Deadline.get(connection.reader().read(MIB));
      }

      assertEquals((long) BULK_MIB * MIB, size);
      assertEquals(python.line(), hex(digest));
    }
  }

  @Test
  void what_we_send_in_bulk_arrives_unchanged() throws Exception {
    try (Program python = Program.python("digest_server.py");
        StreamConnection connection = Loopback.connect(python.port())) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] block = new byte[MIB];
      new Random().nextBytes(block);
      for (int i = 0; i < BULK_MIB; i++) {
        block[i] = (byte) i; // the writer has a copy of the one before
        digest.update(block);
        connection.writer().write(block);
        Deadline.get(connection.writer().drain());
      }
      connection.writer().writeEof();

      String answer = text(Deadline.get(connection.reader().readLine()));
      assertEquals((long) BULK_MIB * MIB + " " + hex(digest) + "\n", answer);
    }
  }

  @Test
  void it_ends_its_half_and_reads_our_answer() throws Exception {
    CompletableFuture<String> question = new CompletableFuture<>();
    ConnectionHandler handler =
        (reader, writer) ->
            reader
                .read()
                .thenAccept(
                    all -> {
                      question.complete(text(all));
                      writer.write("answer".getBytes(US_ASCII));
                      writer.close();
                    });
    Server server = Loopback.serve(handler);

    try (Program python = Program.python("half_close_client.py", Loopback.port(server))) {
      assertEquals("answer 'answer', at eof: True", python.line());
      assertEquals("question", Deadline.get(question));
      python.assertEndsWell();
    }
    Loopback.end(server);
  }

  @Test
  void we_end_our_half_and_read_its_answer() throws Exception {
    try (Program python = Program.python("digest_server.py");
        StreamConnection connection = Loopback.connect(python.port())) {
      connection.writer().write("question".getBytes(US_ASCII));
      connection.writer().writeEof();

      String answer = text(Deadline.get(connection.reader().read()));
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update("question".getBytes(US_ASCII));
      assertEquals("8 " + hex(digest) + "\n", answer);
      assertTrue(connection.reader().atEof());
    }
  }

  @Test
  void its_reset_is_seen_after_the_data() throws Exception {
    try (Program python = Program.python("reset_server.py");
        StreamConnection connection = Loopback.connect(python.port())) {
      StreamReader reader = connection.reader();
      connection.writer().write(new byte[1]);
      assertEquals("reset", python.line());
      Deadline.await("the reset is noticed", () -> reader.exception() != null);

      assertEquals("last words", text(Deadline.get(reader.read(100))));
      ConnectionLostException failure =
          Deadline.failure(ConnectionLostException.class, reader.read(100));
      assertNotNull(failure.getCause());
      Deadline.failure(ConnectionLostException.class, connection.writer().waitClosed());
    }
  }

  private static void pass(CompletableFuture<Void> to, Throwable error) {
    if (error == null) {
      to.complete(null);
    } else {
      to.completeExceptionally(error);
    }
  }

  private static byte[] line(Random random) {
    byte[] line = new byte[1 + random.nextInt(LONGEST_LINE)];
    random.nextBytes(line);
    for (int i = 0; i < line.length; i++) {
      line[i] = line[i] == '\n' ? (byte) ' ' : line[i];
    }
    line[line.length - 1] = '\n';
    return line;
  }

  private static byte[] reversed(byte[] line) {
    byte[] reversed = new byte[line.length];
    for (int i = 0; i < line.length - 1; i++) {
      reversed[i] = line[line.length - 2 - i];
    }
    reversed[line.length - 1] = '\n';
    return reversed;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, US_ASCII);
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
