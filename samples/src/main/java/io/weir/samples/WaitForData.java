package io.weir.samples;

// java -jar samples/target/weir-samples.jar wait-for-data --lang java

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.AsyncStreams;
import io.weir.StreamConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;

/** Waits for data on a socket that is already open, as in asyncio's documentation. */
final class WaitForData {

  private WaitForData() {}

  static void run() throws IOException {
    SocketPair pair = SocketPair.open();
    try (SocketChannel other = pair.second();
        StreamConnection connection = AsyncStreams.openConnection(pair.first()).join()) {
      CompletableFuture<byte[]> data = connection.reader().read(100);

      other.write(ByteBuffer.wrap("abc".getBytes(UTF_8)));

      System.out.println("Received: " + new String(data.join(), UTF_8));
    }
  }
}
