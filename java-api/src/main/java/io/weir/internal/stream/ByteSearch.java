package io.weir.internal.stream;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Finds a byte in an array, eight at a time. */
final class ByteSearch {

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long LOW_BITS = 0x0101010101010101L; // of each byte of a word
  private static final long HIGH_BITS = 0x8080808080808080L;

  private ByteSearch() {}

  /** The index of the first such byte between two indexes, the second exclusive, or -1. */
  static int indexOf(byte[] bytes, int from, int end, byte wanted) {
    long pattern = (wanted & 0xffL) * LOW_BITS;
    int i = from;
    for (; i <= end - Long.BYTES; i += Long.BYTES) {
      long zeroWhereEqual = (long) WORDS.get(bytes, i) ^ pattern;
      // The lowest bit that is set belongs to the first byte that is zero (borrows go upwards).
      long zeros = (zeroWhereEqual - LOW_BITS) & ~zeroWhereEqual & HIGH_BITS;
      if (zeros != 0) {
        return i + Long.numberOfTrailingZeros(zeros) / Byte.SIZE;
      }
    }
    for (; i < end; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }
}
