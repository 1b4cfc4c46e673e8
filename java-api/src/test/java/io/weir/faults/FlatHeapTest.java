package io.weir.faults;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.programs.FlatLoops;
import io.weir.programs.FlatLoops.Callbacks;
import io.weir.programs.FlatLoops.Loop;
import io.weir.programs.FlatLoops.Stages;
import io.weir.programs.KeepAliveServer;
import io.weir.testing.BlockingPeer;
import io.weir.testing.Deadline;
import io.weir.testing.Program;
import io.weir.testing.Tasks;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Loops over millions of rounds, in JVMs whose heap and stacks are small. */
class FlatHeapTest {

  private static final int TEN_MILLION = 10_000_000;
  private static final List<String> SMALL_JVM = List.of("-Xmx32m", "-Xss256k", "-XX:+UseSerialGC");

  /**
   * How much more may be in use after a collection than after the first part of the rounds, in
   * bytes. What is under way is some megabytes with virtual threads; one byte a round would be
   * more.
   */
  private static final long GROWTH = 8 << 20;

  static Stream<Arguments> loops() {
    return Arrays.stream(Loop.values())
        .flatMap(
            loop ->
                Arrays.stream(Callbacks.values())
                    .filter(Callbacks::exists)
                    .flatMap(
                        callbacks ->
                            Arrays.stream(Stages.values())
                                .map(stages -> Arguments.of(loop, callbacks, stages))));
  }

  /** The same with ten million rounds: below. */
  @ParameterizedTest
  @MethodSource("loops")
  void a_loop_runs_every_round(Loop loop, Callbacks callbacks, Stages stages) throws Exception {
    int rounds = stages == Stages.COMPLETED && callbacks == Callbacks.NONE ? 100_000 : 10_000;

    assertEquals(rounds, FlatLoops.run(loop, callbacks, stages, rounds, round -> {}));
  }

  @ParameterizedTest
  @MethodSource("loops")
  @Tag("soak")
  void ten_million_rounds_need_no_more_heap_than_one_million(
      Loop loop, Callbacks callbacks, Stages stages) throws Exception {
    try (Program child =
        Program.program(
            Program.javaCommand(
                SMALL_JVM, FlatLoops.class, loop, callbacks, stages, TEN_MILLION))) {
      assertFlat(heaps(child, FlatLoops.PARTS));
      System.out.println(
          String.join(
              " ", loop.name(), callbacks.name(), stages.name(), child.lineAfter("rounds ")));
      child.assertEndsWell();
    }
  }

  @Test
  @Tag("soak")
  void a_server_with_keep_alive_answers_five_million_requests_in_32_MiB() throws Exception {
    int requests = 5_000_000;
    int inBlock = 1_000;
    byte[] block = bytes("GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(inBlock));
    String answers = KeepAliveServer.RESPONSE.repeat(inBlock);
    long start = System.nanoTime();
    try (Program server = Program.program(Program.javaCommand(SMALL_JVM, KeepAliveServer.class));
        BlockingPeer client =
            BlockingPeer.connect(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()))) {
      Future<Boolean> sender =
          Tasks.start(
              () -> {
                for (int sent = 0; sent < requests; sent += inBlock) {
                  client.send(block);
                }
                client.shutdownOutput();
                return true;
              });
      for (int received = 0; received < requests; received += inBlock) {
        assertEquals(answers, text(client.receive(answers.length())));
      }
      assertTrue(Deadline.get(sender));
      assertEquals(0, client.receiveAll().length);
      double seconds = (System.nanoTime() - start) / 1e9;
      List<Long> heaps = heaps(server, requests / KeepAliveServer.PART);
      assertFlat(heaps);
      System.out.printf("%.0f requests per second, heap %s%n", requests / seconds, heaps);
    }
  }

  private static List<Long> heaps(Program child, int count) throws InterruptedException {
    List<Long> heaps = new ArrayList<>();
    while (heaps.size() < count) {
      heaps.add(Long.parseLong(child.lineAfter("heap ")));
    }
    return heaps;
  }

  private static void assertFlat(List<Long> heaps) {
    long growth = heaps.get(heaps.size() - 1) - heaps.get(0);
    assertTrue(growth < GROWTH, () -> "the heap in use grows: " + heaps);
  }
}
