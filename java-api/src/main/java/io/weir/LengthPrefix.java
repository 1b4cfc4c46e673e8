package io.weir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * How a frame encodes its length: a number before it, of 1, 2, 4 or 8 bytes or a varint. Immutable.
 *
 * @see Decoders#frame
 * @see Encoders#frame
 */
public final class LengthPrefix {

  private static final int VARINT = 0;
  private static final int MAX_VARINT = 5; // bytes, of a length that fits an int
  private static final int VARINT_BITS = 7;
  private static final int VARINT_MASK = (1 << VARINT_BITS) - 1;

  private final int size; // bytes; VARINT for a varint
  private final ByteOrder order;
  private final int adjustment;

  private LengthPrefix(int size, ByteOrder order, int adjustment) {
    this.size = size;
    this.order = order;
    this.adjustment = adjustment;
  }

  /**
   * Returns a prefix that is an unsigned number in network byte order (big endian).
   *
   * @param bytes 1, 2, 4 or 8
   */
  public static LengthPrefix ofBytes(int bytes) {
    if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) {
      throw new IllegalArgumentException("bytes is " + bytes + ": it must be 1, 2, 4 or 8");
    }
    return new LengthPrefix(bytes, ByteOrder.BIG_ENDIAN, 0);
  }

  /**
   * Returns a varint: seven bits in each byte, the lowest first; the highest bit of a byte says
   * that another byte follows. Delimited messages of Protocol Buffers have this prefix.
   */
  public static LengthPrefix varint() {
    return new LengthPrefix(VARINT, ByteOrder.BIG_ENDIAN, 0);
  }

  /** Returns this prefix with the lowest byte first. Has no effect on a varint. */
  public LengthPrefix littleEndian() {
    return new LengthPrefix(size, ByteOrder.LITTLE_ENDIAN, adjustment);
  }

  /**
   * Returns this prefix with an adjustment: the frame has as many bytes as the encoded number plus
   * {@code adjustment}. A prefix of 4 bytes that counts itself has an adjustment of -4.
   *
   * @param adjustment the number that decoding adds to the encoded length, and encoding subtracts
   */
  public LengthPrefix withAdjustment(int adjustment) {
    return new LengthPrefix(size, order, adjustment);
  }

  /** Decodes the number of bytes that follow the prefix; consumes the prefix. */
  Decoded<Long> decode(ByteBuffer received) throws InvalidFrameException {
    return size == VARINT ? decodeVarint(received) : decodeFixed(received);
  }

  private Decoded<Long> decodeFixed(ByteBuffer received) throws InvalidFrameException {
    if (received.remaining() < size) {
      return Decoded.needs(size - received.remaining());
    }
    long value = 0;
    for (int i = 0; i < size; i++) {
      int at = order == ByteOrder.BIG_ENDIAN ? i : size - 1 - i;
      value = (value << Byte.SIZE) | Byte.toUnsignedInt(received.get(at));
    }
    return Decoded.of(behind(value), size);
  }

  private Decoded<Long> decodeVarint(ByteBuffer received) throws InvalidFrameException {
    long value = 0;
    for (int i = 0; i < MAX_VARINT; i++) {
      if (i == received.remaining()) {
        return Decoded.needs(1);
      }
      int part = received.get(i);
      value |= (long) (part & VARINT_MASK) << (VARINT_BITS * i);
      if (part >= 0) {
        return Decoded.of(behind(value), i + 1);
      }
    }
    throw new InvalidFrameException(
        "the varint before a frame has more than " + MAX_VARINT + " bytes");
  }

  private long behind(long value) throws InvalidFrameException {
    if (value < 0 || value > Long.MAX_VALUE - Math.max(adjustment, 0) || value + adjustment < 0) {
      throw new InvalidFrameException(
          "the length before a frame is "
              + Long.toUnsignedString(value)
              + (adjustment == 0 ? "" : ", with an adjustment of " + adjustment)
              + ": no frame has such a length");
    }
    return value + adjustment;
  }

  /** Returns the prefix of a frame. */
  byte[] encode(int length) {
    long value = (long) length - adjustment;
    if (value < 0
        || (size != VARINT && size < Integer.BYTES && (value >> (Byte.SIZE * size)) != 0)) {
      throw new IllegalArgumentException(
          "the length of a frame of " + length + " bytes does not fit its prefix, " + this);
    }
    return size == VARINT ? encodeVarint(value) : encodeFixed(value);
  }

  private byte[] encodeFixed(long value) {
    byte[] prefix = new byte[size];
    for (int i = 0; i < size; i++) {
      int at = order == ByteOrder.BIG_ENDIAN ? size - 1 - i : i;
      prefix[at] = (byte) (value >> (Byte.SIZE * i));
    }
    return prefix;
  }

  private static byte[] encodeVarint(long value) {
    ByteBuffer prefix = ByteBuffer.allocate(MAX_VARINT);
    long rest = value;
    while (rest > VARINT_MASK) {
      prefix.put((byte) (rest | (1 << VARINT_BITS)));
      rest >>= VARINT_BITS;
    }
    prefix.put((byte) rest);
    byte[] bytes = new byte[prefix.position()];
    prefix.get(0, bytes);
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LengthPrefix that
        && size == that.size
        && order == that.order
        && adjustment == that.adjustment;
  }

  @Override
  public int hashCode() {
    return Objects.hash(size, order, adjustment);
  }

  @Override
  public String toString() {
    return (size == VARINT ? "varint" : size + " bytes, " + order)
        + (adjustment == 0 ? "" : ", adjustment " + adjustment);
  }
}
