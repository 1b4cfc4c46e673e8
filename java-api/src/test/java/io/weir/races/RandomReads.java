package io.weir.races;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.StreamReader;
import io.weir.testing.CallbackCheck;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Reads of every kind. */
final class RandomReads {

  /**
   * A read that has been begun.
   *
   * @param future what it answers, to be waited for or ended early
   * @param buffer into which it reads; null when it answers with the bytes
   */
  record Reading(CompletableFuture<?> future, @Nullable ByteBuffer buffer) {

    Reading {
      CallbackCheck.watch(future);
    }

    static Reading of(CompletableFuture<byte[]> read) {
      return new Reading(read, null);
    }

    private static Reading into(ByteBuffer buffer, StreamReader reader) {
      return new Reading(reader.read(buffer), buffer);
    }

    /** The bytes that the read has got, from its answer. */
    byte[] bytes(Object answer) {
      if (buffer == null) {
        return (byte[]) answer;
      }
      assertEquals(answer, buffer.position());
      byte[] bytes = new byte[buffer.position()];
      buffer.get(0, bytes);
      return bytes;
    }

    /** A read that has ended early must have left its buffer as it was. */
    void assertNothingTaken() {
      if (buffer != null) {
        assertEquals(ByteBuffer.allocate(buffer.capacity()), buffer);
      }
    }
  }

  /** The most that one read asks for. */
  static final int MAX_BYTES = 64;

  /** So many that the channel reads into the buffer itself. */
  private static final int DIRECT_BYTES = 4 * 1024;

  /** The most that arrives at once: less than reads take on average, so that they have to wait. */
  static final int MAX_CHUNK = 16;

  private RandomReads() {}

  static Reading any(StreamReader reader, Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> Reading.of(reader.read(1 + random.nextInt(MAX_BYTES)));
      case 1 -> Reading.into(ByteBuffer.allocate(1 + random.nextInt(MAX_BYTES)), reader);
      case 2 -> Reading.into(ByteBuffer.allocateDirect(DIRECT_BYTES), reader);
      case 3 -> Reading.of(reader.readExactly(1 + random.nextInt(MAX_BYTES)));
      case 4 -> Reading.of(reader.readLine());
      default ->
          Reading.of(reader.readUntil(new byte[] {'\n'}, new byte[] {'7', '0'}, new byte[] {'A'}));
    };
  }
}
