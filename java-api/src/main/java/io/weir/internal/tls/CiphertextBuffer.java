package io.weir.internal.tls;

import java.nio.ByteBuffer;

/** A buffer of records, which remembers where each record with data ends. */
final class CiphertextBuffer {

  /** The most records with data that a buffer holds. */
  private static final int MAX_RECORDS = 8;

  final ByteBuffer bytes;
  private final int[] ends = new int[MAX_RECORDS]; // positions in the ciphertext
  private final int[] sizes = new int[MAX_RECORDS]; // of the data
  private int records;
  private long reported; // bytes of data

  CiphertextBuffer(int size) {
    bytes = ByteBuffer.allocate(size);
  }

  /** Returns whether a record of a number of bytes can be added. */
  boolean hasRoom(int record) {
    return bytes.remaining() >= record && records < MAX_RECORDS;
  }

  /** Notes that a record with a number of bytes of data ends at the position. */
  void added(int data) {
    ends[records] = bytes.position();
    sizes[records] = data;
    records++;
  }

  /**
   * Returns how many bytes of data are in the records that end at the position or before it, and
   * that have not been returned before.
   */
  long takeDataBeforePosition() {
    long before = dataBefore(bytes.position());
    long unreported = before - reported;
    reported = before;
    return unreported;
  }

  /** Returns how many bytes of data are in the records that end at a position or before it. */
  long dataBefore(long position) {
    long data = 0;
    for (int i = 0; i < records && ends[i] <= position; i++) {
      data += sizes[i];
    }
    return data;
  }

  CiphertextBuffer clear() {
    bytes.clear();
    records = 0;
    reported = 0;
    return this;
  }
}
