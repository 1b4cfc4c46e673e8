package io.weir.samples.cookbook.coroutines

import io.weir.coroutines.Server
import io.weir.coroutines.startServer
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.MutableSharedFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.launch

/**
 * Sends messages to all clients of a server. A client that reads slowly delays no other: the oldest
 * messages in its queue are dropped.
 */
class Broadcast(
    maxBehind: Int = 16,
) {
    private val messages =
        MutableSharedFlow<ByteArray>(
            extraBufferCapacity = maxBehind,
            onBufferOverflow = BufferOverflow.DROP_OLDEST,
        )

    /** The number of clients. */
    val clients: StateFlow<Int> get() = messages.subscriptionCount

    /** Sends a message to all clients. Never waits. */
    fun publish(message: ByteArray) = check(messages.tryEmit(message))

    /** Starts the server, which sends the messages to all clients. */
    suspend fun start(
        host: String,
        port: Int,
    ): Server =
        startServer(host, port) { reader, writer ->
            coroutineScope {
                val sending = launch { messages.collect { writer.send(it) } }
                reader.chunks(1024).collect {} // until the client closes
                sending.cancel()
            }
            writer.close()
        }
}
