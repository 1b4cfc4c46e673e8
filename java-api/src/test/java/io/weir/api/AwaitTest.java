package io.weir.api;

import static io.weir.AsyncStreams.await;
import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectionLostException;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class AwaitTest {

  private final StreamReader reader = StreamReader.handFed(100);

  /** Runs a task in a thread of its own, which blocks. */
  private static <T> FutureTask<T> inThread(Callable<T> task) {
    FutureTask<T> future = new FutureTask<>(task);
    new Thread(future).start();
    return future;
  }

  @Test
  void returns_what_is_there() throws IOException {
    reader.feedData(bytes("line\n"));

    assertEquals("line\n", text(await(reader.readLine())));
  }

  @Test
  void waits_for_what_comes() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<byte[]> read = pair.reader().readLine();
      FutureTask<byte[]> line = inThread(() -> await(read));
      pair.peer().send("line\n");

      assertEquals("line\n", text(Deadline.get(line)));
    }
  }

  @Test
  void throws_the_IOException_itself() {
    IOException broken = new ConnectionLostException("broken", null);
    reader.setException(broken);

    assertSame(broken, assertThrows(IOException.class, () -> await(reader.read(1))));
    assertSame(
        broken,
        assertThrows(IOException.class, () -> await(reader.read(1).thenApply(bytes -> bytes))));
  }

  @Test
  void throws_what_is_unchecked_itself_and_wraps_the_rest() {
    IllegalStateException unchecked = new IllegalStateException();
    AssertionError error = new AssertionError();
    InterruptedException checked = new InterruptedException("of another thread");

    assertSame(unchecked, thrown(CompletableFuture.failedFuture(unchecked)));
    assertSame(error, thrown(CompletableFuture.failedFuture(error)));
    Throwable wrapped = thrown(CompletableFuture.failedFuture(checked));
    assertEquals(CompletionException.class, wrapped.getClass());
    assertSame(checked, wrapped.getCause());
    CompletableFuture<Void> cancelled = new CompletableFuture<>();
    cancelled.cancel(false);
    assertEquals(CancellationException.class, thrown(cancelled).getClass());
  }

  private static Throwable thrown(CompletableFuture<?> future) {
    return assertThrows(Throwable.class, () -> await(future));
  }

  @Test
  void an_interrupt_cancels_the_read_which_takes_nothing() {
    CompletableFuture<byte[]> read = reader.readExactly(4);
    reader.feedData(bytes("ab"));
    Thread.currentThread().interrupt();

    assertThrows(InterruptedIOException.class, () -> await(read));
    assertTrue(Thread.interrupted());
    assertTrue(read.isCancelled());
    reader.feedData(bytes("cd"));
    assertEquals("abcd", text(reader.readExactly(4)));
  }

  @Test
  void an_interrupt_in_the_moment_of_the_answer_loses_nothing() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      int rounds = 2_000;
      byte[] sent = new byte[rounds];
      for (int i = 0; i < rounds; i++) {
        sent[i] = (byte) i;
      }
      StringBuilder received = new StringBuilder();
      Thread main = Thread.currentThread();
      for (int i = 0; i < rounds; i++) {
        CompletableFuture<byte[]> read = pair.reader().read(1);
        byte next = sent[i];
        FutureTask<Boolean> race =
            inThread(
                () -> {
                  pair.peer().send(new byte[] {next});
                  main.interrupt();
                  return true;
                });
        byte[] got;
        try {
          got = await(read);
        } catch (InterruptedIOException interrupted) {
          assertTrue(Thread.interrupted());
          got = Deadline.get(pair.reader().read(1));
        }
        while (!race.isDone()) {
          Thread.onSpinWait();
        }
        Thread.interrupted();
        assertEquals(next, got[0]);
        received.append('.');
      }
      assertEquals(rounds, received.length());
    }
  }

  @Test
  void is_refused_in_a_callback_on_an_IO_thread_for_any_future() {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<?> all =
          pair.reader()
              .read(1)
              .thenAccept(
                  first -> {
                    CompletableFuture<Void> never =
                        CompletableFuture.allOf(pair.reader().read(1), new CompletableFuture<>());
                    IllegalStateException refused =
                        assertThrows(IllegalStateException.class, () -> await(never));
                    assertTrue(
                        refused.getMessage().contains("withHandlerExecutor"), refused::getMessage);
                  });
      pair.peer().send("x");

      Deadline.get(all);
    }
  }

  @Test
  void an_echo_reads_like_the_original() throws Exception {
    try (TestServer server =
            TestServer.by(
                (reader, writer) ->
                    AsyncStreams.loop(
                        () ->
                            reader
                                .read(100)
                                .thenCompose(
                                    chunk ->
                                        chunk.length == 0
                                            ? CompletableFuture.completedFuture(false)
                                            : writer.send(chunk).thenApply(sent -> true))),
                ServerOptions.DEFAULTS);
        StreamConnection client = server.open()) {
      await(client.writer().send(bytes("hello\n")));
      assertEquals("hello\n", text(await(client.reader().readLine())));
    }
  }
}
