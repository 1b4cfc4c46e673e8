package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.noise;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.ConnectOptions;
import io.weir.ConnectionLostException;
import io.weir.MemoryStreams;
import io.weir.StreamWriter;
import io.weir.testing.CallbackCheck;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.ScriptedFile;
import io.weir.testing.Tasks;
import io.weir.testing.TestRuntime;
import io.weir.testing.Threads;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are written to connections. Each kind of connection: {@code StreamContract}. */
@Tag("channels")
@Tag(Multiplicity.TAG)
class FileTransferTest {

  private static final int CHUNK = 64 * 1024;
  private static final byte[] MUCH = noise(8 << 20, 7);
  private static final ScriptedFile.Script PLAIN = position -> {};

  @TempDir Path directory;

  private FileChannel file(byte[] content) throws IOException {
    Path path = directory.resolve("file");
    Files.write(path, content);
    return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** How many bytes were queued before a cancellation, as its text says. */
  private static int queuedBefore(CompletableFuture<Long> cancelled) {
    Throwable[] why = new Throwable[1];
    cancelled.whenComplete((bytes, failure) -> why[0] = failure);
    Matcher text = Pattern.compile("cancelled; bytes queued before: (\\d+)").matcher(message(why));
    assertTrue(text.matches());
    return Integer.parseInt(text.group(1));
  }

  private static String message(Throwable[] why) {
    return ((CancellationException) why[0]).getMessage();
  }

  @Test
  void a_whole_file_arrives_unchanged_and_is_counted() throws Exception {
    try (FileChannel file = file(MUCH);
        ConnectedPair to = ConnectedPair.open()) {
      file.position(5);
      CompletableFuture<Long> transfer =
          CallbackCheck.watch(to.writer().transferFrom(file, 0, Long.MAX_VALUE));

      assertArrayEquals(MUCH, to.peer().receive(MUCH.length));
      assertEquals(MUCH.length, Deadline.get(transfer));
      assertEquals(5, file.position());
      assertTrue(file.isOpen());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK})
  void so_many_bytes_are_sent_from_the_position(int count) throws Exception {
    try (FileChannel file = file(MUCH);
        ConnectedPair to = ConnectedPair.open()) {
      to.writer().write(bytes("<"));
      CompletableFuture<Long> transfer = to.writer().transferFrom(file, 9, count);
      assertEquals(count, Deadline.get(transfer));
      to.writer().write(bytes(">"));

      assertEquals("<", text(to.peer().receive(1)));
      assertArrayEquals(Arrays.copyOfRange(MUCH, 9, 9 + count), to.peer().receive(count));
      assertEquals(">", text(to.peer().receive(1)));
    }
  }

  @Test
  void a_part_behind_the_end_is_cut_off() throws Exception {
    try (FileChannel file = file(MUCH);
        ConnectedPair to = ConnectedPair.open()) {
      assertEquals(4, Deadline.get(to.writer().transferFrom(file, MUCH.length - 4, 5)));
      assertEquals(0, Deadline.get(to.writer().transferFrom(file, MUCH.length, 5)));
      assertEquals(0, Deadline.get(to.writer().transferFrom(file, Long.MAX_VALUE, Long.MAX_VALUE)));
    }
  }

  @Test
  void arguments_that_cannot_be_are_refused() throws Exception {
    try (FileChannel file = file(MUCH);
        ConnectedPair to = ConnectedPair.open()) {
      StreamWriter writer = to.writer();
      String position =
          assertThrows(IllegalArgumentException.class, () -> writer.transferFrom(file, -1, 0))
              .getMessage();
      assertEquals("position is -1: it can not be less than zero", position);
      String count =
          assertThrows(IllegalArgumentException.class, () -> writer.transferFrom(file, 0, -2))
              .getMessage();
      assertEquals("count is -2: it can not be less than zero", count);
    }
  }

  @Test
  void a_peer_that_does_not_read_holds_the_file_up_and_one_that_shrinks_ends_it() throws Exception {
    byte[] large = noise(32 << 20, 8);
    try (FileChannel file = file(large);
        ConnectedPair to = ConnectedPair.open()) {
      CompletableFuture<Long> transfer = to.writer().transferFrom(file, 0, large.length);
      Deadline.await(
          "the writer is full", () -> to.writer().transport().getWriteBufferSize() > CHUNK);
      assertTrue(to.writer().transport().getWriteBufferSize() <= 2 * CHUNK);
      assertFalse(transfer.isDone());
      file.truncate(16 << 20);

      assertArrayEquals(Arrays.copyOf(large, 16 << 20), to.peer().receive(16 << 20));
      assertEquals(16 << 20, Deadline.get(transfer));
      to.writer().write(bytes("open"));
      assertEquals("open", text(to.peer().receive(4)));
    }
  }

  @Test
  void a_read_of_the_file_that_fails_fails_the_transfer_and_leaves_the_connection() {
    IOException broken = new IOException("the disk is broken");
    ScriptedFile file =
        new ScriptedFile(
            MUCH,
            position -> {
              if (position >= 2 * CHUNK) {
                throw broken;
              }
            });
    try (ConnectedPair to = ConnectedPair.open()) {
      CompletableFuture<Long> transfer =
          CallbackCheck.watch(to.writer().transferFrom(file, 0, MUCH.length));

      assertArrayEquals(Arrays.copyOf(MUCH, 2 * CHUNK), to.peer().receive(2 * CHUNK));
      assertSame(broken, Deadline.failure(IOException.class, transfer));
      to.writer().write(bytes("open"));
      assertEquals("open", text(to.peer().receive(4)));
    }
  }

  @Test
  void files_that_cannot_be_read_fail_the_transfer() throws Exception {
    Path path = directory.resolve("written");
    try (ConnectedPair to = ConnectedPair.open()) {
      FileChannel closed;
      try (FileChannel writable =
          FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        Deadline.failure(
            NonReadableChannelException.class, to.writer().transferFrom(writable, 0, 1));
        closed = writable;
      }
      Deadline.failure(ClosedChannelException.class, to.writer().transferFrom(closed, 0, 1));
      assertNull(Deadline.get(to.writer().drain()));
    }
  }

  @Test
  void the_error_of_the_connection_fails_the_transfer() {
    ScriptedFile file = new ScriptedFile(MUCH, PLAIN);
    try (ConnectedPair to = ConnectedPair.open()) {
      CompletableFuture<Long> transfer = to.writer().transferFrom(file, 0, MUCH.length);
      to.peer().reset();
      Deadline.failure(ConnectionLostException.class, transfer);
    }
    try (ConnectedPair to = ConnectedPair.open()) {
      to.writer().writeEof();
      Deadline.failure(IllegalStateException.class, to.writer().transferFrom(file, 0, MUCH.length));
    }
    Set<Long> reads = ConcurrentHashMap.newKeySet();
    try (ConnectedPair to = ConnectedPair.open()) {
      to.writer().close();
      Deadline.failure(
          ConnectionLostException.class,
          to.writer().transferFrom(new ScriptedFile(MUCH, reads::add), 0, 1));
      assertEquals(Set.of(), reads);
    }
  }

  @Test
  void a_connection_that_is_lost_ends_a_transfer_whose_file_does_not_answer() {
    CountDownLatch reads = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    ScriptedFile file = blocking(reads, answer);
    try (ConnectedPair to = ConnectedPair.open()) {
      CompletableFuture<Long> transfer = to.writer().transferFrom(file, 0, MUCH.length);
      Deadline.await("the file is read", () -> reads.getCount() == 0);
      to.peer().reset();

      Deadline.failure(ConnectionLostException.class, transfer);
    } finally {
      answer.countDown();
    }
  }

  private static ScriptedFile blocking(CountDownLatch reads, CountDownLatch answer) {
    return new ScriptedFile(
        MUCH,
        position -> {
          reads.countDown();
          try {
            assertTrue(answer.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
          } catch (InterruptedException e) {
            throw new AssertionError("a read of a file is never interrupted", e);
          }
        });
  }

  @Test
  void files_that_do_not_answer_hold_up_neither_the_loops_nor_other_files_for_ever() {
    CountDownLatch answer = new CountDownLatch(1);
    try (ConnectedPair to = ConnectedPair.open()) {
      for (int i = 0; i < 12; i++) {
        CountDownLatch reads = new CountDownLatch(1);
        CompletableFuture<Long> stuck =
            to.writer().transferFrom(blocking(reads, answer), 0, MUCH.length);
        Deadline.await("the file is read", () -> reads.getCount() == 0);
        stuck.cancel(false); // hands its turn on
      }
      to.writer().write(bytes("not held up"));
      assertEquals("not held up", text(to.peer().receive(11)));
      assertEquals(3, Deadline.get(to.writer().transferFrom(new ScriptedFile(MUCH, PLAIN), 0, 3)));
    } finally {
      answer.countDown();
    }
  }

  @Test
  void a_runtime_that_closes_ends_a_transfer_and_does_not_interrupt_its_read() throws Exception {
    CountDownLatch reads = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    AsyncRuntime runtime = TestRuntime.create();
    try (ConnectedPair to = ConnectedPair.open(ConnectOptions.DEFAULTS.withRuntime(runtime))) {
      CompletableFuture<Long> transfer =
          to.writer().transferFrom(blocking(reads, answer), 0, MUCH.length);
      Deadline.await("the file is read", () -> reads.getCount() == 0);
      Future<Void> closing =
          Tasks.start(
              () -> {
                runtime.close();
                return null;
              });

      Deadline.failure(ConnectionLostException.class, transfer);
      answer.countDown();
      Deadline.get(closing);
    }
  }

  @Test
  void the_file_is_read_on_a_thread_for_files_and_callbacks_run_where_those_of_drains_do() {
    Set<String> readers = ConcurrentHashMap.newKeySet();
    ScriptedFile file =
        new ScriptedFile(MUCH, position -> readers.add(Thread.currentThread().getName()));
    CompletableFuture<String> callback = new CompletableFuture<>();
    try (ConnectedPair to = ConnectedPair.open()) {
      to.writer()
          .transferFrom(file, 0, MUCH.length)
          .whenComplete((bytes, failure) -> callback.complete(Thread.currentThread().getName()));
      to.peer().receive(MUCH.length);

      String thread = Deadline.get(callback);
      assertFalse(thread.contains("-file-"), thread);
      assertTrue(
          readers.stream().allMatch(name -> name.startsWith("weir-file-")), readers::toString);
      assertTrue(Threads.named("weir-file").size() <= 64);
    }
  }

  @Test
  void the_peer_of_a_memory_stream_runs_no_callbacks_on_a_thread_for_files() {
    MemoryStreams.Pair pair = MemoryStreams.pair();
    Set<String> threads = ConcurrentHashMap.newKeySet();
    CompletableFuture<Void> all =
        pair.second()
            .reader()
            .forEachChunk(
                CHUNK,
                chunk -> {
                  CallbackCheck.assertOutsideCalls();
                  threads.add(Thread.currentThread().getName());
                  return CompletableFuture.completedFuture(null);
                });
    Deadline.get(pair.first().writer().transferFrom(new ScriptedFile(MUCH, PLAIN), 0, MUCH.length));
    pair.first().close();

    assertNull(Deadline.get(all));
    assertFalse(threads.stream().anyMatch(name -> name.contains("-file-")), threads::toString);
  }

  // ---- cancelling ----

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void a_transfer_cancelled_in_any_read_of_the_file_writes_nothing_more(int chunk) {
    CompletableFuture<CompletableFuture<Long>> started = new CompletableFuture<>();
    ScriptedFile file =
        new ScriptedFile(
            MUCH,
            position -> {
              if (position == (long) chunk * CHUNK) {
                Deadline.get(started).cancel(false);
              }
            });
    try (ConnectedPair to = ConnectedPair.open()) {
      CompletableFuture<Long> transfer = to.writer().transferFrom(file, 0, MUCH.length);
      started.complete(transfer);
      Deadline.failure(CancellationException.class, transfer);
      to.writer().close();

      assertArrayEquals(Arrays.copyOf(MUCH, chunk * CHUNK), to.peer().receiveAll());
      assertEquals(chunk * CHUNK, queuedBefore(transfer));
    }
  }

  @Test
  void a_transfer_cancelled_while_the_peer_does_not_read_leaves_what_was_queued() {
    try (ConnectedPair to = ConnectedPair.open()) {
      ScriptedFile file = new ScriptedFile(noise(32 << 20, 7), PLAIN);
      CompletableFuture<Long> transfer = to.writer().transferFrom(file, 0, Long.MAX_VALUE);
      Deadline.await(
          "the writer is full", () -> to.writer().transport().getWriteBufferSize() > CHUNK);
      transfer.cancel(false);
      assertTrue(transfer.isCancelled());
      to.writer().write(bytes("behind"));
      to.writer().close();

      byte[] received = to.peer().receiveAll();
      assertEquals(queuedBefore(transfer) + 6, received.length);
      assertEquals(
          "behind", text(Arrays.copyOfRange(received, received.length - 6, received.length)));
    }
  }

  @Test
  void a_transfer_cancelled_at_a_random_instant_says_exactly_what_was_queued() {
    Random random = new Random(11);
    ScriptedFile file = new ScriptedFile(MUCH, PLAIN);
    for (int round = 0; round < Multiplicity.rounds(1_000); round++) {
      MemoryStreams.Pair pair = MemoryStreams.pair(MUCH.length);
      CompletableFuture<byte[]> received = pair.second().reader().read();
      CompletableFuture<Long> transfer = pair.first().writer().transferFrom(file, 0, 6 * CHUNK);
      Tasks.spin(random.nextInt(400_000));
      if (transfer.cancel(false)) {
        pair.first().writer().write(bytes("behind"));
        pair.first().close();

        byte[] all = Deadline.get(received);
        int queued = queuedBefore(transfer);
        assertEquals(queued + 6, all.length);
        assertArrayEquals(Arrays.copyOf(MUCH, queued), Arrays.copyOf(all, queued));
        assertEquals("behind", text(Arrays.copyOfRange(all, queued, all.length)));
      } else {
        assertEquals(6 * CHUNK, Deadline.get(transfer));
        pair.first().close();
        assertEquals(6 * CHUNK, Deadline.get(received).length);
      }
    }
  }

  @Test
  void a_transfer_that_times_out_stops() {
    try (ConnectedPair to = ConnectedPair.open()) {
      ScriptedFile file = new ScriptedFile(noise(32 << 20, 7), PLAIN);
      CompletableFuture<Long> transfer = to.writer().transferFrom(file, 0, Long.MAX_VALUE);
      Deadline.failure(TimeoutException.class, transfer.orTimeout(50, TimeUnit.MILLISECONDS));
      to.writer().close();

      byte[] received = to.peer().receiveAll();
      assertTrue(received.length < 32 << 20);
      assertEquals(0, received.length % CHUNK);
    }
  }
}
