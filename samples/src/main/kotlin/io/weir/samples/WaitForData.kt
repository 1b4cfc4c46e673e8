package io.weir.samples

// java -jar samples/target/weir-samples.jar wait-for-data

import io.weir.coroutines.openConnection
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import java.nio.ByteBuffer

/** Waits for data on a socket that is already open, as in asyncio's documentation. */
suspend fun waitForData() =
    coroutineScope {
        val pair = SocketPair.open()
        pair.second.use { other ->
            val (reader, writer) = openConnection(pair.first)
            launch { other.write(ByteBuffer.wrap("abc".encodeToByteArray())) }

            val data = reader.read(100)
            println("Received: ${data.decodeToString()}")

            writer.close()
            writer.waitClosed()
        }
    }
