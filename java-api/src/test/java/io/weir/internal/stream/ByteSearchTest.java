package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteSearchTest {

  private static int byteByByte(byte[] bytes, int from, int end, byte wanted) {
    for (int i = from; i < end; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /** Few values, so that matches and near misses are everywhere; also those with the high bit. */
  @Test
  void it_finds_what_a_look_at_each_byte_finds() {
    Random random = new Random(1);
    byte[] values = {0, 1, '\n', 11, (byte) 0x80, (byte) 0x8a, -1};
    byte[] bytes = new byte[40];
    for (int round = 0; round < 100_000; round++) {
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = values[random.nextInt(values.length)];
      }
      int from = random.nextInt(bytes.length + 1);
      int end = from + random.nextInt(bytes.length + 1 - from);
      byte wanted = values[random.nextInt(values.length)];
      assertEquals(
          byteByByte(bytes, from, end, wanted), ByteSearch.indexOf(bytes, from, end, wanted));
    }
  }

  @Test
  void it_finds_a_byte_at_each_index_and_not_beside_the_range() {
    for (int at = 0; at < 24; at++) {
      byte[] bytes = new byte[24];
      bytes[at] = '\n';
      assertEquals(at, ByteSearch.indexOf(bytes, 0, 24, (byte) '\n'));
      assertEquals(at, ByteSearch.indexOf(bytes, at, at + 1, (byte) '\n'));
      assertEquals(-1, ByteSearch.indexOf(bytes, 0, at, (byte) '\n'));
      assertEquals(-1, ByteSearch.indexOf(bytes, at + 1, 24, (byte) '\n'));
    }
  }
}
