package io.weir.callbacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.weir.ConnectOptions;
import io.weir.StreamReader;
import io.weir.testing.BlockingPeer;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A callback on an executor of the program may block. */
class BlockingCallbackTest {

  private static final int READS = 200;

  /** Executors whose threads are the program's. */
  static List<ExecutorKind> executors() {
    return ExecutorKind.available().stream()
        .filter(each -> each != ExecutorKind.IO_THREAD && each != ExecutorKind.IN_PLACE)
        .toList();
  }

  /** Those with a second thread to complete what the first waits for. */
  static List<ExecutorKind> executorsOfSeveralThreads() {
    return executors().stream().filter(each -> each != ExecutorKind.ONE_THREAD).toList();
  }

  @ParameterizedTest
  @MethodSource("executors")
  void for_many_reads_of_bytes_that_are_there(ExecutorKind executing) {
    try (ExecutorKind.Open open = executing.open();
        ConnectedPair connected = ConnectedPair.open(open.with(ConnectOptions.DEFAULTS))) {
      StreamReader reader = connected.reader();
      CompletableFuture<Integer> count =
          reader
              .readLine()
              .thenApply(
                  line -> {
                    int bytes = 0;
                    for (int i = 0; i < READS; i++) {
                      bytes += reader.read(1).join().length;
                    }
                    return bytes;
                  });
      connected.peer().send("go\n" + "x".repeat(READS));

      assertEquals(READS, Deadline.get(count));
    }
  }

  @ParameterizedTest
  @MethodSource("executors")
  void for_many_drains_of_little(ExecutorKind executing) {
    try (ExecutorKind.Open open = executing.open();
        ConnectedPair connected = ConnectedPair.open(open.with(ConnectOptions.DEFAULTS))) {
      CompletableFuture<Integer> count =
          connected
              .reader()
              .readLine()
              .thenApply(
                  line -> {
                    for (int i = 0; i < READS; i++) {
                      connected.writer().write(new byte[1]);
                      connected.writer().drain().join();
                    }
                    return READS;
                  });
      connected.peer().send("go\n");

      assertEquals(READS, Deadline.get(count));
      assertEquals(READS, connected.peer().receive(READS).length);
    }
  }

  @ParameterizedTest
  @MethodSource("executorsOfSeveralThreads")
  void for_many_reads_of_bytes_still_to_come(ExecutorKind executing) {
    try (ExecutorKind.Open open = executing.open();
        ConnectedPair connected = ConnectedPair.open(open.with(ConnectOptions.DEFAULTS))) {
      StreamReader reader = connected.reader();
      BlockingPeer peer = connected.peer();
      CompletableFuture<Integer> count =
          reader
              .readLine()
              .thenApply(
                  line -> {
                    int bytes = 0;
                    for (int i = 0; i < READS; i++) {
                      CompletableFuture<byte[]> pending = reader.read(1);
                      peer.send("x");
                      bytes += pending.join().length;
                    }
                    return bytes;
                  });
      peer.send("go\n");

      assertEquals(READS, Deadline.get(count));
    }
  }

  @ParameterizedTest
  @MethodSource("executorsOfSeveralThreads")
  void for_the_end_of_its_connection(ExecutorKind executing) {
    try (ExecutorKind.Open open = executing.open();
        ConnectedPair connected = ConnectedPair.open(open.with(ConnectOptions.DEFAULTS))) {
      CompletableFuture<Void> closed =
          connected
              .reader()
              .readLine()
              .thenApply(
                  line -> {
                    connected.writer().close();
                    return connected.writer().waitClosed().join();
                  });
      connected.peer().send("go\n");

      assertNull(Deadline.get(closed));
    }
  }
}
