package io.weir.parity;

import static io.weir.testing.Texts.noise;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.weir.ConnectionHandler;
import io.weir.StreamConnection;
import io.weir.testing.Deadline;
import io.weir.testing.TestServer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** CPython's test_sock_lowlevel.py. */
class SockLowlevelParityTest {

  private static final int TEN_MIB = 10 * 1024 * 1024;

  @Test
  @DisplayName("ten mebibytes go both ways unchanged")
  void testHugeContent() {
    ConnectionHandler answer =
        (reader, writer) ->
            reader
                .readExactly(TEN_MIB)
                .thenAccept(
                    content -> {
                      writer.write(content);
                      writer.close();
                    });
    try (TestServer served = TestServer.by(answer)) {
      byte[] content = noise(TEN_MIB, 1);
      StreamConnection connection = served.open();

      connection.writer().write(content);
      CompletableFuture<byte[]> echo = connection.reader().read();

      assertArrayEquals(content, Deadline.get(echo));
      connection.writer().close();
      assertNull(Deadline.get(connection.writer().waitClosed()));
    }
  }
}
