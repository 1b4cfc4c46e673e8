package io.weir.races;

/** An endless sequence of bytes in which a byte that is missing, doubled or moved shows. */
final class NumberedBytes {

  private long position;

  /** How many bytes have been produced. */
  long sent() {
    return position;
  }

  byte nextByte() {
    long at = position++;
    // Lines of 1 to 40 bytes: the length changes from line to line.
    return at % 41 == at / 41 % 41 ? (byte) '\n' : (byte) ('0' + (at * 31 + at / 256) % 75);
  }

  byte[] next(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = nextByte();
    }
    return bytes;
  }
}
