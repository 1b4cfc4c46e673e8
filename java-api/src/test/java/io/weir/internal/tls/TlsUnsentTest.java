package io.weir.internal.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.StreamReader;
import io.weir.TlsSide;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.ForwardingChannel;
import io.weir.internal.concurrent.VirtualTimers;
import io.weir.testing.CuttableWire;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.SslEnginePeer;
import io.weir.testing.TlsOverWire;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many bytes were not sent is known exactly, wherever the connection breaks. */
@Tag(Multiplicity.TAG)
class TlsUnsentTest {

  private static final int WRITTEN = 200_000;

  /** What a channel does with a write after a number of bytes. */
  private enum Break {
    WAITS,
    FAILS,
    RUNS_OUT_OF_MEMORY
  }

  /** Takes a few bytes at a time, until it breaks after a number of bytes. */
  private static final class NarrowChannel extends ForwardingChannel {

    private final int step;
    private final Break how;
    private long left = Long.MAX_VALUE;

    NarrowChannel(AsyncByteChannel inner, int step, Break how) {
      super(inner);
      this.step = step;
      this.how = how;
    }

    void breakAfter(long bytes) {
      left = bytes;
    }

    @Override
    public void write(
        ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
      ByteBuffer src = srcs[0];
      int taken = (int) Math.min(Math.min(step, src.remaining()), left);
      if (taken > 0 || !src.hasRemaining()) {
        ByteBuffer piece = src.slice(src.position(), taken);
        src.position(src.position() + taken);
        left -= taken;
        inner.write(new ByteBuffer[] {piece}, 1, handler);
      } else if (how == Break.FAILS) {
        handler.failed(new IOException("Broken pipe"), null);
      } else if (how == Break.RUNS_OUT_OF_MEMORY) {
        throw new OutOfMemoryError("a test");
      }
    }
  }

  private record Broken(long written, long heard, long unsent) {}

  private static Broken broken(String protocol, int step, Break how, long after, long seed) {
    CuttableWire wire = new CuttableWire();
    VirtualTimers timers = new VirtualTimers();
    NarrowChannel narrow = new NarrowChannel(wire.left(), step, how);
    TlsOverWire.Ours ours = TlsOverWire.Ours.over(narrow, timers, StreamReader.DEFAULT_LIMIT);
    SslEnginePeer peer = new SslEnginePeer(wire.right(), TlsOverWire.clientEngine(protocol));
    var shaken = ours.writer().startTls(TlsOverWire.SERVER.withProtocols(protocol), TlsSide.SERVER);
    peer.start();
    shaken.join();
    narrow.breakAfter(after);
    Random random = new Random(seed);
    int written = 0;
    while (written < WRITTEN && !ours.writer().isClosing()) {
      int size = Math.min(1 + random.nextInt(40_000), WRITTEN - written);
      ours.writer().write(new byte[size]);
      written += size;
    }
    if (how == Break.WAITS) {
      ours.writer().transport().abort();
    }
    timers.advance(Duration.ofSeconds(1)); // the peer may have said why
    Deadline.get(ours.writer().waitClosed().exceptionally(lost -> null));
    return new Broken(written, peer.heard().length(), ours.writer().closeReason().unsent());
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void what_arrived_and_what_was_not_sent_are_all_that_was_written(String protocol) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < Multiplicity.rounds(50); round++) {
      int step = 1 + random.nextInt(random.nextBoolean() ? 200 : 70_000);
      Break how = Break.values()[random.nextInt(Break.values().length)];
      long after = random.nextInt(WRITTEN);
      Broken broken = broken(protocol, step, how, after, seed + round);
      String where = "seed " + seed + ", step " + step + ", after " + after + ", " + how;

      assertEquals(broken.written(), broken.heard() + broken.unsent(), where);
    }
  }

  @Test
  void what_a_narrow_channel_takes_piece_by_piece_arrives_whole() {
    for (int step : Multiplicity.ends(List.of(1_000, 1, 7, 16_000, 70_000, 500))) {
      Broken all = broken("TLSv1.3", step, Break.WAITS, Long.MAX_VALUE, step);

      assertEquals(new Broken(WRITTEN, WRITTEN, 0), all);
    }
  }
}
