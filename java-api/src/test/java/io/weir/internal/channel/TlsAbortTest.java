package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.weir.certificates.KeyKind;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CompletionHandler;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An abort ends outstanding operations as such, also those that reach the channel below later. */
@Tag("tls")
class TlsAbortTest {

  /** Is closed when an operation reaches it, as by an abort that has not got further yet. */
  private static final class AbortedMeanwhile extends ForwardingChannel {

    private Runnable meanwhile = () -> {};

    AbortedMeanwhile(AsyncByteChannel inner) {
      super(inner);
    }

    @Override
    public void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
      meanwhile.run();
      inner.read(dst, handler);
    }

    @Override
    public void write(
        ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
      meanwhile.run();
      inner.write(srcs, count, handler);
    }
  }

  private AbortedMeanwhile below;
  private AsyncByteChannel tls;

  @BeforeEach
  void open() throws Exception {
    MemoryChannel.Pair pair = MemoryChannel.pair(100_000);
    below = new AbortedMeanwhile(pair.left());
    tls = new TlsPairs("TLSv1.3", KeyKind.EC).over(List.of(below, pair.right())).get(0);
    below.meanwhile = pair.left()::abort;
  }

  @Test
  void of_a_read() throws Exception {
    RecordingHandler<Integer> read = RecordingHandler.byRead(tls, ByteBuffer.allocate(1));
    tls.abort();

    assertInstanceOf(AsynchronousCloseException.class, read.failure());
    assertEquals(1, read.calls());
  }

  @Test
  void of_a_write() throws Exception {
    RecordingHandler<Long> write = RecordingHandler.byWrite(tls, ByteBuffer.allocate(1));
    tls.abort();

    assertInstanceOf(AsynchronousCloseException.class, write.failure());
    assertEquals(1, write.calls());
  }
}
