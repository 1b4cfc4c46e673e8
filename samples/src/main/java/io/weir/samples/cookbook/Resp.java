package io.weir.samples.cookbook;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.Decoded;
import io.weir.Decoder;
import io.weir.Encoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The Redis protocol, RESP 2: commands are lists of words, replies are values. */
public final class Resp {

  /**
   * A reply.
   *
   * @param value a String, a Long, a List of such values, a {@link ServerError}, or null
   */
  public record Reply(@Nullable Object value) {}

  /** An error that the server reports. The connection remains usable. */
  public static final class ServerError extends RuntimeException {
    private static final long serialVersionUID = 1;

    ServerError(String message) {
      super(message);
    }
  }

  /** Decodes a reply of at most 16 MiB. */
  public static final Decoder<Reply> REPLY = ((Decoder<Reply>) Resp::decode).withLimit(16 << 20);

  /** Encodes a command. */
  public static final Encoder<List<String>> COMMAND = Resp::encode;

  private static final int MAX_DEPTH = 8;

  private Resp() {}

  private static Decoded<Reply> decode(ByteBuffer received, boolean ended) throws IOException {
    try {
      Object value = parse(received, 0);
      return Decoded.of(new Reply(value), received.position());
    } catch (BufferUnderflowException incomplete) {
      return Decoded.needs(1);
    } catch (NumberFormatException malformed) {
      throw new IOException("Redis sent a malformed number", malformed);
    }
  }

  private static @Nullable Object parse(ByteBuffer in, int depth) throws IOException {
    char type = (char) in.get();
    String head = line(in);
    return switch (type) {
      case '+' -> head;
      case '-' -> new ServerError(head);
      case ':' -> Long.valueOf(head);
      case '$' -> head.equals("-1") ? null : text(in, size(head));
      case '*' -> head.equals("-1") ? null : list(in, size(head), depth + 1);
      default -> throw new IOException("Redis sent a reply of unknown type '" + type + "'");
    };
  }

  private static String line(ByteBuffer in) {
    int start = in.position();
    while (in.get() != '\r') {}
    byte[] bytes = new byte[in.position() - 1 - start];
    in.get(start, bytes).get(); // the '\n'
    return new String(bytes, UTF_8);
  }

  private static int size(String head) throws IOException {
    int size = Integer.parseInt(head);
    if (size < 0) {
      throw new IOException("Redis sent a size of " + size);
    }
    return size;
  }

  private static String text(ByteBuffer in, int length) {
    if (in.remaining() - 2 < length) { // length + 2 could overflow
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes).getShort(); // the "\r\n"
    return new String(bytes, UTF_8);
  }

  private static List<@Nullable Object> list(ByteBuffer in, int size, int depth)
      throws IOException {
    if (depth > MAX_DEPTH) { // the stack is limited
      throw new IOException("Redis sent lists that are nested more than " + MAX_DEPTH + " deep");
    }
    List<@Nullable Object> values = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      values.add(parse(in, depth));
    }
    return values;
  }

  private static byte[] encode(List<String> words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(("*" + words.size() + "\r\n").getBytes(ISO_8859_1));
    for (String word : words) {
      byte[] bytes = word.getBytes(UTF_8);
      out.writeBytes(("$" + bytes.length + "\r\n").getBytes(ISO_8859_1));
      out.writeBytes(bytes);
      out.writeBytes("\r\n".getBytes(ISO_8859_1));
    }
    return out.toByteArray();
  }
}
