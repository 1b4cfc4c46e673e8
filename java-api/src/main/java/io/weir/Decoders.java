package io.weir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The usual decoders. Values of variable length are null at a clean EOF. Numbers and texts of a
 * fixed length fail there with {@link IncompleteReadException}, like a truncated value.
 *
 * <pre>{@code
 * reader.read(Decoders.frame(LengthPrefix.ofBytes(4)).withLimit(1 << 20)).thenAccept(frame -> …);
 * }</pre>
 *
 * <p>A {@link ReadRequest} represents one of asyncio's own reads. {@link Encoders} has the other
 * direction.
 */
public final class Decoders {

  private static final Decoder<byte @Nullable []> LINE = new LineDecoder();
  private static final Decoder<@Nullable String> TEXT_LINE = new TextDecoder(LINE);

  private Decoders() {}

  // ---- lines and separators ----

  /**
   * Decodes a line without its terminator, {@code \n} or {@code \r\n}. Remaining bytes at EOF are a
   * line too, and the next value is null. A decoder from {@link #until} fails for such bytes.
   */
  public static Decoder<byte @Nullable []> line() {
    return LINE;
  }

  /**
   * Decodes a line as UTF-8 text. Fails as {@link #text} does. Otherwise equivalent to {@link
   * #line}.
   */
  public static Decoder<@Nullable String> textLine() {
    return TEXT_LINE;
  }

  /**
   * Decodes the bytes before a separator, and consumes both. At a clean EOF the value is null. When
   * no separator follows the last bytes, the read fails with {@link IncompleteReadException}, which
   * contains them.
   *
   * @param separator at least one byte; it is copied
   */
  public static Decoder<byte @Nullable []> until(byte[] separator) {
    return new SeparatorDecoder(Check.notEmpty("separator", separator).clone());
  }

  // ---- numbers ----

  /** Decodes a signed integer of 1 byte. */
  public static Decoder<Byte> int8() {
    return fixed(Byte.BYTES, "int8", bytes -> bytes.get(0));
  }

  /** Decodes an unsigned integer of 1 byte. */
  public static Decoder<Integer> uint8() {
    return fixed(Byte.BYTES, "uint8", bytes -> Byte.toUnsignedInt(bytes.get(0)));
  }

  /** Decodes a signed integer of 2 bytes. */
  public static Decoder<Short> int16(ByteOrder order) {
    return fixed(Short.BYTES, "int16", order, bytes -> bytes.getShort(0));
  }

  /** Decodes an unsigned integer of 2 bytes. */
  public static Decoder<Integer> uint16(ByteOrder order) {
    return fixed(Short.BYTES, "uint16", order, bytes -> Short.toUnsignedInt(bytes.getShort(0)));
  }

  /** Decodes a signed integer of 4 bytes. */
  public static Decoder<Integer> int32(ByteOrder order) {
    return fixed(Integer.BYTES, "int32", order, bytes -> bytes.getInt(0));
  }

  /** Decodes an unsigned integer of 4 bytes. */
  public static Decoder<Long> uint32(ByteOrder order) {
    return fixed(Integer.BYTES, "uint32", order, bytes -> Integer.toUnsignedLong(bytes.getInt(0)));
  }

  /** Decodes a signed integer of 8 bytes. */
  public static Decoder<Long> int64(ByteOrder order) {
    return fixed(Long.BYTES, "int64", order, bytes -> bytes.getLong(0));
  }

  /** Decodes a floating-point number of 4 bytes (IEEE 754). */
  public static Decoder<Float> float32(ByteOrder order) {
    return fixed(Float.BYTES, "float32", order, bytes -> bytes.getFloat(0));
  }

  /** Decodes a floating-point number of 8 bytes (IEEE 754). */
  public static Decoder<Double> float64(ByteOrder order) {
    return fixed(Double.BYTES, "float64", order, bytes -> bytes.getDouble(0));
  }

  // ---- bytes and text of a known length ----

  /**
   * Decodes bytes.
   *
   * @param count the number of bytes, 0 or more; also the limit if it is more than 64 KiB
   */
  public static Decoder<byte[]> bytes(int count) {
    return fixed(Check.notNegative("count", count), count + " bytes", Decoders::allOf);
  }

  /**
   * Decodes UTF-8 text. Fails with {@link java.nio.charset.CharacterCodingException} when the bytes
   * are not UTF-8, and removes nothing. {@code bytes(n).map(b -> new String(b, UTF_8))} replaces
   * invalid bytes instead.
   *
   * @param bytes the number of bytes, 0 or more; also the limit if it is more than 64 KiB
   */
  public static Decoder<String> text(int bytes) {
    return fixed(
        Check.notNegative("bytes", bytes), "text of " + bytes + " bytes", TextDecoder::textOf);
  }

  /**
   * Skips bytes. The value is their number.
   *
   * @param count the number of bytes, 0 or more; also the limit if it is more than 64 KiB
   */
  public static Decoder<Integer> skip(int count) {
    return fixed(Check.notNegative("count", count), "skip of " + count + " bytes", all -> count);
  }

  /**
   * Looks ahead: decodes the next bytes and leaves them in the reader. When a clean EOF comes
   * first, the value is shorter. For example, {@code peek(1)} detects TLS, whose first byte is
   * 0x16.
   *
   * @param count the number of bytes, 0 or more; also the limit if it is more than 64 KiB
   */
  public static Decoder<byte[]> peek(int count) {
    return new PeekDecoder(Check.notNegative("count", count));
  }

  // ---- frames ----

  /**
   * Decodes a frame, and strips its length prefix. At a clean EOF before a prefix the value is
   * null. A frame that exceeds the limit, including its prefix, is refused when the prefix has
   * arrived. The limit is 64 KiB by default; {@code frame(prefix).withLimit(bytes)} changes it. A
   * length that is negative, or does not fit a {@code long}, fails the read with {@link
   * InvalidFrameException}.
   *
   * @param prefix how the length is written
   */
  public static Decoder<byte @Nullable []> frame(LengthPrefix prefix) {
    return new FrameDecoder(Objects.requireNonNull(prefix, "prefix"));
  }

  // ---- what these are made of ----

  private static <T extends @Nullable Object> Decoder<T> fixed(
      int size, String name, FixedDecoder.OfBytes<T> value) {
    return fixed(size, name, ByteOrder.BIG_ENDIAN, value);
  }

  private static <T extends @Nullable Object> Decoder<T> fixed(
      int size, String name, ByteOrder order, FixedDecoder.OfBytes<T> value) {
    return new FixedDecoder<>(size, name, Objects.requireNonNull(order, "order"), value);
  }

  private static byte[] allOf(ByteBuffer bytes) {
    byte[] all = new byte[bytes.remaining()];
    bytes.get(all);
    return all;
  }
}
