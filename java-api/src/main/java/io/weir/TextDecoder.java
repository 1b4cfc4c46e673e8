package io.weir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Decodes what another decoder finds as UTF-8 text; null stays null. */
record TextDecoder(Decoder<byte @Nullable []> decoder) implements Decoder<@Nullable String> {

  @Override
  public Decoded<@Nullable String> decode(ByteBuffer received, boolean ended) throws IOException {
    return decode(received, 0, ended);
  }

  @Override
  public Decoded<@Nullable String> decode(ByteBuffer received, int seen, boolean ended)
      throws IOException {
    Decoded<byte @Nullable []> found = decoder.decode(received, seen, ended);
    if (!found.isComplete()) {
      return Decoded.needs(found.missing());
    }
    byte[] bytes = found.value();
    return bytes == null
        ? Decoded.end()
        : Decoded.of(textOf(ByteBuffer.wrap(bytes)), found.consumed());
  }

  static String textOf(ByteBuffer bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
  }

  @Override
  public int limit() {
    return decoder.limit();
  }

  @Override
  public String toString() {
    return "text of " + decoder;
  }
}
