package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.weir.certificates.KeyKind;
import java.nio.ByteBuffer;
import java.util.List;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A write that TLS refuses ends once. */
@Tag("tls")
class TlsRefusedWriteTest {

  @Test
  void each_write_behind_the_peers_good_bye_in_TLS_1_2_fails_once() throws Exception {
    MemoryChannel.Pair pair = MemoryChannel.pair(100_000);
    List<AsyncByteChannel> ends =
        new TlsPairs("TLSv1.2", KeyKind.EC).over(List.of(pair.left(), pair.right()));
    RecordingHandler<Integer> read = RecordingHandler.byRead(ends.get(0), ByteBuffer.allocate(1));
    RecordingHandler.byClose(ends.get(1));
    assertEquals(-1, read.value());

    for (int i = 0; i < 3; i++) {
      RecordingHandler<Long> write = RecordingHandler.byWrite(ends.get(0), ByteBuffer.allocate(1));
      assertInstanceOf(SSLException.class, write.failure());
      assertEquals(1, write.calls(), "calls for write " + i);
    }
  }
}
