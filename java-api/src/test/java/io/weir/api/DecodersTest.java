package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.Decoded;
import io.weir.Decoder;
import io.weir.DecoderSplits;
import io.weir.Decoders;
import io.weir.Encoder;
import io.weir.Encoders;
import io.weir.IncompleteReadException;
import io.weir.InvalidFrameException;
import io.weir.LengthPrefix;
import io.weir.LimitOverrunException;
import io.weir.StreamReader;
import io.weir.testing.Deadline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The usual decoders, on every split of their input, and the encoders of the same names. */
class DecodersTest {

  private static List<String> texts(Decoder<byte[]> decoder, String stream) throws IOException {
    return DecoderSplits.valuesOf(decoder, stream.getBytes(UTF_8)).stream()
        .map(value -> new String(value, UTF_8))
        .toList();
  }

  // ---- lines and separators ----

  @Test
  void a_line_comes_without_its_end_of_either_kind() throws IOException {
    assertEquals(List.of("a", "", "b", "c\r"), texts(Decoders.line(), "a\n\nb\r\nc\r\r\n"));
  }

  @Test
  void the_rest_of_the_stream_is_a_line() throws IOException {
    assertEquals(List.of("a", "b\r"), texts(Decoders.line(), "a\nb\r"));
    assertEquals(List.of(), texts(Decoders.line(), ""));
  }

  @Test
  void a_line_of_text_is_UTF_8() throws IOException {
    assertEquals(
        List.of("grün", "€ 𝄞"),
        DecoderSplits.valuesOf(Decoders.textLine(), "grün\n€ 𝄞\n".getBytes(UTF_8)));
    byte[] wrong = {'a', (byte) 0xff, '\n'};
    assertThrows(
        CharacterCodingException.class, () -> DecoderSplits.valuesOf(Decoders.textLine(), wrong));
  }

  @Test
  void a_line_over_the_limit_is_refused_with_its_end_counted() throws IOException {
    Decoder<byte[]> line = Decoders.line().withLimit(4);
    assertEquals(List.of("abc"), texts(line, "abc\n"));
    LimitOverrunException refused =
        assertThrows(LimitOverrunException.class, () -> texts(line, "abcd\n"));
    assertTrue(refused.getMessage().contains("limit of 4 bytes"), refused::getMessage);
  }

  @Test
  void what_stands_before_a_separator_comes_without_it() throws IOException {
    assertEquals(
        List.of("a", "", "b-", "-c"), texts(Decoders.until(bytes("--!")), "a--!--!b---!-c--!"));
    assertEquals(List.of("aa"), texts(Decoders.until(bytes("ab")), "aaab"));
  }

  @Test
  void what_no_separator_ends_is_told_as_cut_off() {
    IncompleteReadException cut =
        assertThrows(
            IncompleteReadException.class, () -> texts(Decoders.until(bytes("\n")), "a\nrest"));
    assertArrayEquals(bytes("rest"), cut.partial());
    assertThrows(IllegalArgumentException.class, () -> Decoders.until(new byte[0]));
  }

  // ---- numbers ----

  static Stream<Arguments> numbers() {
    return Stream.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)
        .flatMap(
            order ->
                Stream.of(
                    number(Decoders.int8(), Encoders.int8(), (byte) -1, (byte) 127),
                    number(Decoders.uint8(), Encoders.uint8(), 0, 255),
                    number(Decoders.int16(order), Encoders.int16(order), (short) -2, (short) 258),
                    number(Decoders.uint16(order), Encoders.uint16(order), 1, 65_535),
                    number(Decoders.int32(order), Encoders.int32(order), -3, Integer.MAX_VALUE),
                    number(Decoders.uint32(order), Encoders.uint32(order), 7L, 4_294_967_295L),
                    number(Decoders.int64(order), Encoders.int64(order), Long.MIN_VALUE, 5L),
                    number(Decoders.float32(order), Encoders.float32(order), -1.5f, Float.NaN),
                    number(Decoders.float64(order), Encoders.float64(order), Math.PI, -0.0)));
  }

  private static <T> Arguments number(Decoder<T> decoder, Encoder<T> encoder, T one, T other) {
    return Arguments.of(decoder, encoder, List.of(one, other));
  }

  @ParameterizedTest
  @MethodSource("numbers")
  <T> void a_number_is_decoded_as_it_was_encoded(
      Decoder<T> decoder, Encoder<T> encoder, List<T> values) throws IOException {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    for (T value : values) {
      stream.writeBytes(encoder.encode(value));
    }

    assertEquals(values, DecoderSplits.valuesOf(decoder, stream.toByteArray()));
  }

  @Test
  void the_order_of_the_bytes_is_that_of_the_JDK() {
    assertArrayEquals(new byte[] {1, 2}, Encoders.uint16(ByteOrder.BIG_ENDIAN).encode(0x102));
    assertArrayEquals(new byte[] {2, 1}, Encoders.uint16(ByteOrder.LITTLE_ENDIAN).encode(0x102));
  }

  @Test
  void a_number_that_does_not_fit_is_refused() {
    for (int wrong : new int[] {-1, 256}) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> Encoders.uint8().encode(wrong));
      assertTrue(refused.getMessage().contains("value is " + wrong), refused::getMessage);
    }
  }

  @Test
  void a_number_that_is_cut_off_fails() {
    IncompleteReadException cut =
        assertThrows(
            IncompleteReadException.class,
            () -> DecoderSplits.valuesOf(Decoders.int32(ByteOrder.BIG_ENDIAN), new byte[6]));
    assertEquals(2, cut.partial().length);
    assertEquals(4, cut.expected().getAsInt());
  }

  // ---- a known length ----

  @Test
  void text_of_some_bytes_is_UTF_8() throws IOException {
    assertEquals(
        List.of("aü", "€"), DecoderSplits.valuesOf(Decoders.text(3), "aü€".getBytes(UTF_8)));
    assertArrayEquals("aü€".getBytes(UTF_8), Encoders.text().encode("aü€"));
    assertThrows(IllegalArgumentException.class, () -> Encoders.text().encode("\ud834"));
    assertThrows(
        CharacterCodingException.class,
        () -> DecoderSplits.valuesOf(Decoders.text(1), "ü".getBytes(UTF_8)));
  }

  @Test
  void a_line_of_text_is_one_line() {
    assertArrayEquals(bytes("HELO x\r\n"), Encoders.textLine().encode("HELO x"));
    assertThrows(IllegalArgumentException.class, () -> Encoders.textLine().encode("a\nRCPT"));
    assertThrows(IllegalArgumentException.class, () -> Encoders.textLine().encode("a\r"));
  }

  @Test
  void bytes_may_be_more_than_64_KiB() throws IOException {
    StreamReader reader = StreamReader.handFed(10);
    byte[] many = new byte[200_000];
    reader.feedData(many);

    assertArrayEquals(many, reader.read(Decoders.bytes(many.length)).join());
  }

  @Test
  void a_look_ahead_takes_nothing_and_a_skip_all() {
    StreamReader reader = StreamReader.handFed(10);
    reader.feedData(bytes("GET /"));
    assertArrayEquals(bytes("GET"), reader.read(Decoders.peek(3)).join());
    assertEquals(4, reader.read(Decoders.skip(4)).join());
    reader.feedEof();
    assertArrayEquals(bytes("/"), reader.read(Decoders.peek(3)).join());
    assertArrayEquals(bytes("/"), reader.read().join());
  }

  // ---- combined ----

  private static Stream<Decoder<String>> mappedToTheEnd() {
    Decoder<String> lines = Decoders.line().map(line -> new String(line, UTF_8));
    Decoder<String> numbered =
        Decoders.line().then(line -> Decoders.uint8().map(n -> new String(line, UTF_8) + n));
    return Stream.of(lines, numbered);
  }

  @ParameterizedTest
  @MethodSource("mappedToTheEnd")
  void a_mapped_decoder_ends_where_the_first_one_ends(Decoder<String> decoder) throws IOException {
    StreamReader reader = StreamReader.handFed(10);
    reader.feedEof();
    assertNull(Deadline.get(reader.read(decoder)));

    assertEquals(List.of(), DecoderSplits.valuesOf(decoder, new byte[0]));
  }

  @Test
  void a_loop_over_a_mapped_decoder_ends_with_the_stream() {
    StreamReader reader = StreamReader.handFed(10);
    reader.feedData(bytes("one\ntwo\n"));
    reader.feedEof();
    List<String> seen = new ArrayList<>();
    Decoder<String> lines = Decoders.line().map(line -> new String(line, UTF_8));
    Deadline.get(reader.acceptEach(lines, seen::add));

    assertEquals(List.of("one", "two"), seen);
  }

  @Test
  void what_follows_skipped_bytes_is_decoded() throws IOException {
    Decoder<Integer> third = Decoders.skip(2).then(skipped -> Decoders.uint8());

    assertEquals(List.of(3, 6), DecoderSplits.valuesOf(third, new byte[] {1, 2, 3, 4, 5, 6}));
  }

  @Test
  void a_stream_that_ends_after_the_first_part_of_a_value_is_cut_off() throws IOException {
    Decoder<byte[]> typed = Decoders.uint8().then(type -> Decoders.frame(LengthPrefix.ofBytes(1)));
    assertEquals(List.of("a"), texts(typed, "t\1a"));
    assertThrows(IncompleteReadException.class, () -> texts(typed, "t\1at"));
    Decoder<byte[]> deeper = Decoders.uint8().then(type -> typed);
    assertThrows(IncompleteReadException.class, () -> texts(deeper, "t"));
    assertThrows(IncompleteReadException.class, () -> texts(deeper, "tt"));
    Decoder<String> lines = Decoders.uint8().then(type -> Decoders.textLine());
    assertThrows(
        IncompleteReadException.class, () -> DecoderSplits.valuesOf(lines, bytes("ta\nt")));
    Decoder<byte[]> peeked = Decoders.peek(1).then(type -> Decoders.frame(LengthPrefix.ofBytes(1)));
    assertEquals(List.of("a"), texts(peeked, "\1a"));

    StreamReader reader = StreamReader.handFed(10);
    reader.feedData(bytes("t"));
    reader.feedEof();
    IncompleteReadException cut =
        Deadline.failure(IncompleteReadException.class, reader.acceptEach(typed, value -> {}));
    assertArrayEquals(bytes("t"), cut.partial());
  }

  // ---- frames ----

  static Stream<LengthPrefix> prefixes() {
    return Stream.of(
        LengthPrefix.ofBytes(1),
        LengthPrefix.ofBytes(2),
        LengthPrefix.ofBytes(4),
        LengthPrefix.ofBytes(8),
        LengthPrefix.ofBytes(2).littleEndian(),
        LengthPrefix.ofBytes(4).littleEndian().withAdjustment(-4),
        LengthPrefix.ofBytes(8).withAdjustment(3),
        LengthPrefix.varint(),
        LengthPrefix.varint().withAdjustment(-1));
  }

  @ParameterizedTest
  @MethodSource("prefixes")
  void a_frame_is_decoded_as_it_was_encoded(LengthPrefix prefix) throws IOException {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    List<String> frames = List.of("one", "three", "x".repeat(200));
    for (String frame : frames) {
      stream.writeBytes(Encoders.frame(prefix).encode(bytes(frame)));
    }

    List<String> decoded =
        DecoderSplits.valuesOf(Decoders.frame(prefix), stream.toByteArray()).stream()
            .map(frame -> new String(frame, UTF_8))
            .toList();
    assertEquals(frames, decoded);
  }

  @Test
  void a_varint_has_seven_bits_in_a_byte() {
    byte[] frame = Encoders.frame(LengthPrefix.varint()).encode(new byte[300]);
    assertEquals((byte) 0xac, frame[0]);
    assertEquals(2, frame[1]);
    assertEquals(302, frame.length);
  }

  @Test
  void a_frame_that_is_too_large_is_refused_when_its_prefix_is_there() {
    StreamReader reader = StreamReader.handFed(10);
    reader.feedData(new byte[] {0x7f, -1, -1, -1});

    LimitOverrunException refused =
        Deadline.failure(
            LimitOverrunException.class,
            reader.read(Decoders.frame(LengthPrefix.ofBytes(4)).withLimit(1 << 20)));
    assertTrue(refused.getMessage().contains("limit of 1048576 bytes"), refused::getMessage);
  }

  @Test
  void a_length_that_no_frame_has_is_told() {
    byte[] negative = {-1, -1, -1, -1, -1, -1, -1, -1};
    byte[] endless = {-1, -1, -1, -1, -1, -1};
    byte[] less = {0, 3};
    assertThrows(
        InvalidFrameException.class,
        () -> DecoderSplits.valuesOf(Decoders.frame(LengthPrefix.ofBytes(8)), negative));
    assertThrows(
        InvalidFrameException.class,
        () -> DecoderSplits.valuesOf(Decoders.frame(LengthPrefix.varint()), endless));
    assertThrows(
        InvalidFrameException.class,
        () ->
            DecoderSplits.valuesOf(
                Decoders.frame(LengthPrefix.ofBytes(2).withAdjustment(-4)), less));
  }

  @Test
  void a_frame_that_its_prefix_cannot_express_is_refused() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> Encoders.frame(LengthPrefix.ofBytes(1)).encode(new byte[256]));
    assertTrue(refused.getMessage().contains("256 bytes"), refused::getMessage);
    assertThrows(IllegalArgumentException.class, () -> LengthPrefix.ofBytes(3));
  }

  // ---- combinations, and the test kit ----

  @Test
  void what_follows_may_depend_on_what_came() throws IOException {
    Decoder<String> text = Decoders.uint8().then(Decoders::text).map(String::toUpperCase);

    assertEquals(
        List.of("AB", "", "C"), DecoderSplits.valuesOf(text, new byte[] {2, 'a', 'b', 0, 1, 'c'}));
    assertThrows(
        LimitOverrunException.class,
        () -> DecoderSplits.valuesOf(text.withLimit(2), new byte[] {2, 'a', 'b'}));
  }

  @Test
  void a_decoder_that_depends_on_the_split_is_found_out() {
    Decoder<Integer> chunks =
        (received, ended) ->
            received.hasRemaining()
                ? Decoded.of(received.remaining(), received.remaining())
                : Decoded.needs(1);

    AssertionError found =
        assertThrows(AssertionError.class, () -> DecoderSplits.valuesOf(chunks, new byte[4]));
    assertTrue(found.getMessage().contains("split after 1 bytes"), found::getMessage);
  }

  @Test
  void a_decoder_that_breaks_its_contract_is_told() {
    Decoder<Integer> greedy = (received, ended) -> Decoded.of(1, 5);
    Decoder<Integer> nothing = (received, ended) -> null;
    Decoder<Integer> endless = (received, ended) -> Decoded.of(1, 0);
    assertThrows(IllegalStateException.class, () -> DecoderSplits.valuesOf(greedy, new byte[4]));
    assertThrows(NullPointerException.class, () -> DecoderSplits.valuesOf(nothing, new byte[4]));
    assertThrows(AssertionError.class, () -> DecoderSplits.valuesOf(endless, new byte[4]));
    assertThrows(IllegalArgumentException.class, () -> Decoded.needs(0));
    assertThrows(IllegalArgumentException.class, () -> Decoded.of(1, -1));
  }

  @Test
  void a_decoder_cannot_change_what_it_looks_at() {
    StreamReader reader = StreamReader.handFed(10);
    reader.feedData(bytes("abc"));
    Decoder<ByteBuffer> vandal = (received, ended) -> Decoded.of(received.put(0, (byte) 'x'), 1);

    Deadline.failure(ReadOnlyBufferException.class, reader.read(vandal));
    assertArrayEquals(bytes("abc"), reader.read(3).join());
  }
}
