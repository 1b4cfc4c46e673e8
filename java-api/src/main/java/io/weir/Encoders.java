package io.weir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * The usual encoders, with the same names as their {@link Decoders}.
 *
 * <pre>{@code
 * writer.send(Encoders.frame(LengthPrefix.ofBytes(4)), message).thenRun(…);
 * }</pre>
 */
public final class Encoders {

  private Encoders() {}

  /**
   * Encodes text as UTF-8. Throws {@link IllegalArgumentException} for an unpaired surrogate, which
   * UTF-8 cannot encode.
   */
  public static Encoder<String> text() {
    return Encoders::utf8;
  }

  /**
   * Encodes text as UTF-8, and appends {@code \r\n}. Throws {@link IllegalArgumentException} for a
   * text with {@code \r} or {@code \n}, which would start another line.
   */
  public static Encoder<String> textLine() {
    return Encoders::lineOf;
  }

  /** Encodes an integer of 1 byte. */
  public static Encoder<Byte> int8() {
    return value -> new byte[] {value};
  }

  /** Encodes an unsigned integer of 1 byte. */
  public static Encoder<Integer> uint8() {
    return value -> new byte[] {(byte) unsigned(value, Byte.SIZE)};
  }

  /** Encodes a signed integer of 2 bytes. */
  public static Encoder<Short> int16(ByteOrder order) {
    Objects.requireNonNull(order, "order");
    return value -> buffer(Short.BYTES, order).putShort(value).array();
  }

  /** Encodes an unsigned integer of 2 bytes. */
  public static Encoder<Integer> uint16(ByteOrder order) {
    Objects.requireNonNull(order, "order");
    return value ->
        buffer(Short.BYTES, order).putShort((short) unsigned(value, Short.SIZE)).array();
  }

  /** Encodes a signed integer of 4 bytes. */
  public static Encoder<Integer> int32(ByteOrder order) {
    Objects.requireNonNull(order, "order");
    return value -> buffer(Integer.BYTES, order).putInt(value).array();
  }

  /** Encodes an unsigned integer of 4 bytes. */
  public static Encoder<Long> uint32(ByteOrder order) {
    Objects.requireNonNull(order, "order");
    return value ->
        buffer(Integer.BYTES, order).putInt((int) unsigned(value, Integer.SIZE)).array();
  }

  /** Encodes a signed integer of 8 bytes. */
  public static Encoder<Long> int64(ByteOrder order) {
    Objects.requireNonNull(order, "order");
    return value -> buffer(Long.BYTES, order).putLong(value).array();
  }

  /** Encodes a floating-point number of 4 bytes (IEEE 754). */
  public static Encoder<Float> float32(ByteOrder order) {
    Objects.requireNonNull(order, "order");
    return value -> buffer(Float.BYTES, order).putFloat(value).array();
  }

  /** Encodes a floating-point number of 8 bytes (IEEE 754). */
  public static Encoder<Double> float64(ByteOrder order) {
    Objects.requireNonNull(order, "order");
    return value -> buffer(Double.BYTES, order).putDouble(value).array();
  }

  /**
   * Encodes a frame: its length, then its bytes. Throws {@link IllegalArgumentException} when the
   * prefix cannot express the length.
   *
   * @param prefix how the length is written
   */
  public static Encoder<byte[]> frame(LengthPrefix prefix) {
    Objects.requireNonNull(prefix, "prefix");
    return frame -> {
      byte[] head = prefix.encode(frame.length);
      byte[] all = Arrays.copyOf(head, Math.addExact(head.length, frame.length));
      System.arraycopy(frame, 0, all, head.length, frame.length);
      return all;
    };
  }

  private static ByteBuffer buffer(int size, ByteOrder order) {
    return ByteBuffer.allocate(size).order(order);
  }

  private static long unsigned(long value, int bits) {
    if ((value >> bits) != 0) {
      throw new IllegalArgumentException(
          "value is " + value + ": it does not fit an unsigned integer of " + bits + " bits");
    }
    return value;
  }

  private static byte[] lineOf(String text) {
    if (text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0) {
      throw new IllegalArgumentException(
          "text contains a line break: it would be more than one line");
    }
    return utf8(text + "\r\n");
  }

  private static byte[] utf8(String text) {
    try {
      ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] all = new byte[bytes.remaining()];
      bytes.get(all);
      return all;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("text contains an unpaired surrogate", e);
    }
  }
}
