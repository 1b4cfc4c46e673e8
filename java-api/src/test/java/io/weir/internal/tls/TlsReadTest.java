package io.weir.internal.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.StreamReader;
import io.weir.TlsSide;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.ForwardingChannel;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.VirtualTimers;
import io.weir.testing.CuttableWire;
import io.weir.testing.Deadline;
import io.weir.testing.SslEnginePeer;
import io.weir.testing.Texts;
import io.weir.testing.TlsOverWire;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How much a read gets, and how much work one peer can cause in a turn. */
class TlsReadTest {

  private static final int MANY = 1_000;
  private static final int IN_A_TURN = 64; // records

  /** A channel on a loop whose later turns the test runs. */
  private static final class TurnChannel extends ForwardingChannel {

    private final Queue<Runnable> later = new ArrayDeque<>();

    TurnChannel(AsyncByteChannel inner) {
      super(inner);
    }

    @Override
    public CompletionExecutor completions() {
      return new CompletionExecutor() {
        @Override
        public void run(Runnable completion) {
          IN_CALLER.run(completion);
        }

        @Override
        public void runLater(Runnable step) {
          later.add(step);
        }
      };
    }
  }

  private record Half(TurnChannel channel, TlsOverWire.Ours ours, SslEnginePeer peer) {

    static Half secured(String protocol) {
      CuttableWire wire = new CuttableWire();
      TurnChannel channel = new TurnChannel(wire.left());
      TlsOverWire.Ours ours =
          TlsOverWire.Ours.over(channel, new VirtualTimers(), StreamReader.DEFAULT_LIMIT);
      SslEnginePeer peer = new SslEnginePeer(wire.right(), TlsOverWire.clientEngine(protocol));
      var secured =
          ours.writer().startTls(TlsOverWire.SERVER.withProtocols(protocol), TlsSide.SERVER);
      peer.start();
      secured.join();
      return new Half(channel, ours, peer);
    }

    int buffered() throws IOException {
      ByteBuffer all = ByteBuffer.allocate(MANY);
      return Math.max(0, ours.reader().poll(all));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void after_some_records_others_have_their_turn(String protocol) throws IOException {
    Half half = Half.secured(protocol);
    half.ours.writer().transport().pauseReading();
    for (int i = 0; i < MANY; i++) {
      half.peer.send(new byte[1]);
    }
    half.ours.writer().transport().resumeReading();

    int received = half.buffered();
    int turns = 0;
    while (!half.channel.later.isEmpty()) {
      half.channel.later.remove().run();
      int inThisTurn = half.buffered();
      // A read of the channel below that completes at once counts anew.
      assertTrue(inThisTurn <= 2 * IN_A_TURN, "in a turn: " + inThisTurn);
      received += inThisTurn;
      turns++;
    }

    assertEquals(MANY, received);
    assertTrue(turns >= MANY / (2 * IN_A_TURN), "turns: " + turns);
  }

  @Test
  void key_updates_leave_their_turn_to_others_as_well() throws IOException {
    Half half = Half.secured("TLSv1.3");
    half.ours.writer().transport().pauseReading();
    for (int i = 0; i < MANY; i++) {
      half.peer.askForKeys();
      half.peer.send(new byte[1]);
    }
    half.ours.writer().transport().resumeReading();

    int received = half.buffered();
    while (!half.channel.later.isEmpty()) {
      half.channel.later.remove().run();
      int inThisTurn = half.buffered();
      assertTrue(inThisTurn <= IN_A_TURN, "in a turn: " + inThisTurn); // as many key updates
      received += inThisTurn;
    }
    assertEquals(MANY, received);
  }

  @ParameterizedTest
  @CsvSource({"TLSv1.3, 10000", "TLSv1.3, 16000", "TLSv1.3, 1", "TLSv1.2, 10000", "TLSv1.2, 16000"})
  void a_message_in_one_record_is_one_read_and_one_record_in_answer(String protocol, int size) {
    TlsOverWire.Half half = TlsOverWire.server(protocol);
    byte[] message = Texts.noise(size, 4);
    for (int i = 0; i < 3; i++) {
      CompletableFuture<byte[]> read = half.ours().reader().read(1 << 16);
      half.peer().send(message);
      assertArrayEquals(message, Deadline.get(read));
    }

    int before = half.wire().left().sent().length;
    half.ours().writer().write(message);
    byte[] sent = half.wire().left().sent();
    int length = Short.toUnsignedInt(ByteBuffer.wrap(sent).getShort(before + 3));
    assertEquals(sent.length, before + 5 + length);
  }
}
