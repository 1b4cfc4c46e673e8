package io.weir.samples.cookbook.coroutines

import io.weir.Decoder
import io.weir.Decoders
import io.weir.Encoder
import io.weir.Encoders
import io.weir.LengthPrefix
import io.weir.coroutines.Server
import io.weir.coroutines.StreamConnection
import io.weir.coroutines.closing
import io.weir.coroutines.startServer

private val length = LengthPrefix.ofBytes(4) // big-endian
private val frame = Encoders.frame(length)

/** Decodes a message of UTF-8 text of at most 1 MiB; null at EOF between two messages. */
val messageDecoder: Decoder<String?> =
    Decoders.frame(length).withLimit(4 + (1 shl 20)).map { it.decodeToString() }

/** Encodes a message: its length in 4 bytes, then its text. */
val messageEncoder = Encoder<String> { frame.encode(it.encodeToByteArray()) }

/** Starts a server that answers each message with another. */
suspend fun serveMessages(
    host: String,
    port: Int,
    answer: suspend (String) -> String,
): Server =
    startServer(
        host,
        port,
        handler =
            closing { reader, writer ->
                reader.flow(messageDecoder).collect { writer.send(messageEncoder, answer(it)) }
            },
    )

/** Sends a message and reads the answer; null when the peer closes instead. */
suspend fun StreamConnection.ask(text: String): String? {
    writer.send(messageEncoder, text)
    return reader.read(messageDecoder)
}
