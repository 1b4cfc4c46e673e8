package io.weir.races;

import io.weir.StreamReader;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** Reads of every kind. */
final class Reads {

  /** The most that one read asks for. */
  static final int MAX_BYTES = 64;

  /** The most that arrives at once: less than reads take on average, so that they have to wait. */
  static final int MAX_CHUNK = 16;

  private Reads() {}

  static CompletableFuture<byte[]> any(StreamReader reader, Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> reader.read(1 + random.nextInt(MAX_BYTES));
      case 1 -> reader.readExactly(1 + random.nextInt(MAX_BYTES));
      case 2 -> reader.readLine();
      default -> reader.readUntil(new byte[] {'\n'}, new byte[] {'7', '0'}, new byte[] {'A'});
    };
  }
}
