package io.weir.samples

// java -jar samples/target/weir-samples.jar echo-client --message "Hello World!"

import io.weir.TlsOptions

/** Sends a message and shows the answer: the echo client of asyncio's documentation. */
suspend fun echoClient(
    message: String,
    server: Endpoint,
    tls: TlsOptions? = null,
    prefix: String = "",
) {
    val (reader, writer) = connectTo(server, tls)

    println("${prefix}Send: '$message'")
    writer.write(message.encodeToByteArray())
    writer.drain()

    val data = reader.read(100)
    println("${prefix}Received: '${data.decodeToString()}'")

    println("${prefix}Close the connection")
    writer.close()
    writer.waitClosed()
}
