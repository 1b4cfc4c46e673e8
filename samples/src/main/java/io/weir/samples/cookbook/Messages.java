package io.weir.samples.cookbook;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Decoder;
import io.weir.Decoders;
import io.weir.Encoder;
import io.weir.Encoders;
import io.weir.LengthPrefix;
import io.weir.Server;
import io.weir.StreamConnection;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Messages of UTF-8 text, each after its length in 4 bytes. */
public final class Messages {

  private static final LengthPrefix LENGTH = LengthPrefix.ofBytes(4); // big-endian

  /** Decodes a message of at most 1 MiB; null at EOF between two messages. */
  public static final Decoder<@Nullable String> DECODER =
      Decoders.frame(LENGTH).withLimit(4 + (1 << 20)).map(bytes -> new String(bytes, UTF_8));

  private static final Encoder<byte[]> FRAME = Encoders.frame(LENGTH);

  /** Encodes a message. */
  public static final Encoder<String> ENCODER = text -> FRAME.encode(text.getBytes(UTF_8));

  private Messages() {}

  /** Starts a server that answers each message with another. */
  public static CompletableFuture<Server> serve(
      String host, int port, Function<String, String> answer) {
    ConnectionHandler handler =
        (reader, writer) ->
            reader.<String>forEach(DECODER, text -> writer.send(ENCODER, answer.apply(text)));
    return AsyncStreams.startServer(ConnectionHandler.closing(handler), host, port);
  }

  /** Sends a message and reads the answer; null when the peer closes instead. */
  public static CompletableFuture<@Nullable String> ask(StreamConnection peer, String text) {
    return peer.writer().send(ENCODER, text).thenCompose(sent -> peer.reader().read(DECODER));
  }
}
