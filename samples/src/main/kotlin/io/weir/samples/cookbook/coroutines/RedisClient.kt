package io.weir.samples.cookbook.coroutines

import io.weir.coroutines.StreamConnection
import io.weir.coroutines.openConnection
import io.weir.samples.cookbook.Resp
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart.UNDISPATCHED
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import java.io.EOFException
import java.io.IOException

/**
 * A Redis client that pipelines: coroutines send commands without waiting for the replies to earlier
 * ones. The server replies in the order of the commands.
 */
class RedisClient private constructor(
    private val connection: StreamConnection,
) {
    private val pending = ArrayDeque<CompletableDeferred<Any?>>()
    private var end: IOException? = null

    /**
     * Sends a command and returns the value of its reply. A cancelled call keeps its place in the queue,
     * so that later replies still match their commands.
     *
     * @throws Resp.ServerError when the server replies with an error
     */
    suspend fun call(vararg words: String): Any? {
        val result = CompletableDeferred<Any?>()
        synchronized(pending) {
            end?.let { throw IOException("The connection is closed", it) }
            connection.writer.write(Resp.COMMAND.encode(words.asList()))
            pending.addLast(result)
        }
        connection.writer.drain()
        return result.await()
    }

    private suspend fun readReplies() {
        var reason: IOException = EOFException("The connection has reached its end")
        try {
            connection.reader.flow(Resp.REPLY).collect { reply ->
                val result = synchronized(pending) { pending.removeFirst() }
                val value = reply.value
                if (value is Resp.ServerError) {
                    result.completeExceptionally(value)
                } else {
                    result.complete(value)
                }
            }
        } catch (lost: IOException) {
            reason = lost
        } finally {
            failAll(reason) // also when the block of connect has returned
        }
    }

    private fun failAll(error: IOException) {
        val waiting =
            synchronized(pending) {
                end = error
                pending.toList().also { pending.clear() }
            }
        waiting.forEach { it.completeExceptionally(error) }
    }

    companion object {
        /** Connects to a server, and calls [block] with the client. */
        suspend fun <R> connect(
            host: String,
            port: Int,
            block: suspend (RedisClient) -> R,
        ): R =
            coroutineScope {
                openConnection(host, port).use { connection ->
                    val client = RedisClient(connection)
                    val replies = launch(start = UNDISPATCHED) { client.readReplies() }
                    block(client).also { replies.cancel() }
                }
            }
    }
}
