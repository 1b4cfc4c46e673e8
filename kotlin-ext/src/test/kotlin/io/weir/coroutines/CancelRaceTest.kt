package io.weir.coroutines

import io.weir.internal.concurrent.Trampoline
import io.weir.testing.Multiplicity
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Tag
import org.junit.jupiter.api.Test
import java.net.InetAddress
import java.nio.ByteBuffer
import java.nio.file.Files
import kotlin.coroutines.CoroutineContext
import kotlin.random.Random
import kotlin.time.Duration.Companion.microseconds
import kotlin.time.Duration.Companion.milliseconds

/**
 * Reads whose coroutine is cancelled just as the bytes arrive. Each test compares the bytes sent and the
 * bytes read.
 */
@Tag(Multiplicity.TAG)
class CancelRaceTest {
    private val random = Random(20_240_607)
    private val sent = NumberedBytes()
    private val read = NumberedBytes()

    private suspend fun StreamReader.readAny(): ByteArray =
        when (random.nextInt(5)) {
            0 -> read(1 + random.nextInt(MAX_BYTES))
            1 -> readIntoBuffer(1 + random.nextInt(MAX_BYTES))
            2 -> readExactly(1 + random.nextInt(MAX_BYTES))
            3 -> readLine()
            else -> readUntil("\n".toByteArray(), "70".toByteArray(), "A".toByteArray())
        }

    /** A cancelled read must leave its buffer unchanged. */
    private suspend fun StreamReader.readIntoBuffer(room: Int): ByteArray {
        val buffer = ByteBuffer.allocate(room)
        try {
            val count = read(buffer)
            assertEquals(count, buffer.position())
            return buffer.array().copyOf(count)
        } catch (cancelled: CancellationException) {
            assertEquals(ByteBuffer.allocate(room), buffer)
            throw cancelled
        }
    }

    /** Counts bytes; called by the coroutine that has read them, which must not resume inside a call. */
    private fun tally(bytes: ByteArray) {
        assertFalse(Trampoline.isInCall(), "resumed inside a call of Weir")
        for (byte in bytes) {
            val at = read.position
            assertEquals(read.nextByte(), byte) { "a byte behind $at" }
        }
    }

    private fun report(
        name: String,
        rounds: Int,
        answered: Int,
    ) {
        val lost = sent.position - read.position
        println(
            "race: $name: $rounds rounds, $answered answered, ${sent.position} bytes sent, " +
                "bytes lost: $lost",
        )
        assertEquals(0, lost, "bytes lost")
        assertTrue(answered in rounds / 100..rounds - rounds / 100) {
            "must win some rounds and lose some: won $answered"
        }
    }

    /** Runs its tasks only in [runAll], so that a test can act before. */
    private class ManualDispatcher : CoroutineDispatcher() {
        private val tasks = ArrayDeque<Runnable>()

        override fun dispatch(
            context: CoroutineContext,
            block: Runnable,
        ) {
            tasks += block
        }

        fun runAll() {
            while (tasks.isNotEmpty()) {
                tasks.removeFirst().run()
            }
        }

        val hasWork: Boolean get() = tasks.isNotEmpty()
    }

    @Test
    fun a_cancel_between_completion_and_dispatch_loses_no_byte() {
        val rounds = Multiplicity.rounds(50_000)
        val reader = StreamReader.handFed()
        val dispatcher = ManualDispatcher()
        val scope = CoroutineScope(dispatcher)
        var answered = 0
        var between = 0
        repeat(rounds) {
            val job =
                scope.launch {
                    tally(reader.readAny())
                    answered++
                }
            dispatcher.runAll()
            reader.feedData(sent.next(random.nextInt(MAX_CHUNK)))
            if (dispatcher.hasWork && random.nextBoolean()) {
                between++
                job.cancel()
            }
            dispatcher.runAll()
            job.cancel()
            dispatcher.runAll()
        }
        reader.feedEof()
        runBlocking { tally(reader.read()) }
        assertTrue(between > rounds / 20) { "cancelled in between: $between" }
        report("cancel between completion and dispatch ($between times)", rounds, answered)
    }

    @Test
    suspend fun a_cancel_against_a_feed_loses_no_byte() =
        withDeadline {
            val rounds = Multiplicity.rounds(30_000)
            val reader = StreamReader.handFed()
            var answered = 0
            repeat(rounds) {
                val job =
                    launch(start = CoroutineStart.UNDISPATCHED) {
                        tally(reader.readAny())
                        answered++
                    }
                val chunk = sent.next(random.nextInt(MAX_CHUNK))
                val feeding = launch(Dispatchers.Default) { reader.feedData(chunk) }
                spin(random.nextInt(8_000))
                job.cancelAndJoin()
                feeding.join()
            }
            reader.feedEof()
            tally(reader.read())
            report("cancel against feed", rounds, answered)
        }

    @Test
    suspend fun a_timeout_around_any_read_from_a_socket_loses_no_byte() =
        withDeadline {
            val rounds = Multiplicity.rounds(5_000)
            var answered = 0
            val server =
                startServer("127.0.0.1", 0) { reader, writer ->
                    val random = Random(7)
                    while (reader.read(1).isNotEmpty()) {
                        writer.write(sent.next(1 + random.nextInt(MAX_CHUNK)))
                    }
                    writer.close()
                }
            server.use {
                val (reader, writer) = openConnection("127.0.0.1", server.port)
                repeat(rounds) {
                    writer.write(ByteArray(1))
                    withTimeoutOrNull(random.nextInt(1, 1_500).microseconds) {
                        // Inside the block, because withTimeout can drop the result of its block.
                        tally(reader.readAny())
                        answered++
                    }
                }
                writer.writeEof()
                tally(reader.read())
                writer.close()
            }
            report("withTimeout on a socket", rounds, answered)
        }

    @Test
    suspend fun openConnection_cancelled_at_any_instant_leaves_no_socket_open() =
        withDeadline {
            startServer("127.0.0.1", 0, handler = ::readToTheEnd).use { server ->
                cancelOpening("openConnection") { openConnection("127.0.0.1", server.port) }
            }
        }

    @Test
    suspend fun openConnection_cancelled_with_its_resolver_leaves_no_socket_open() =
        withDeadline {
            startServer("127.0.0.1", 0, handler = ::readToTheEnd).use { server ->
                cancelOpening("openConnection with a resolver") {
                    openConnection("weir.test", server.port, resolver = { listOf(loopback) })
                }
            }
        }

    private val loopback = InetAddress.getByName("127.0.0.1")

    @Test
    suspend fun openUnixConnection_cancelled_at_any_instant_leaves_no_socket_open() =
        withDeadline {
            withSocketPath { path ->
                startUnixServer(path, handler = ::readToTheEnd).use {
                    cancelOpening("openUnixConnection") { openUnixConnection(path) }
                }
            }
        }

    @Test
    suspend fun startUnixServer_cancelled_at_any_instant_leaves_no_file() =
        withDeadline {
            withSocketPath { path ->
                var count = 0
                cancelOpening("startUnixServer") {
                    startUnixServer(path.resolveSibling("${count++}")) { _, _ -> }
                }
                // A file that is created after the cancellation is deleted at once.
                while (Files.list(path.parent).use { it.findAny().isPresent }) {
                    delay(1.milliseconds)
                }
            }
        }

    private suspend fun readToTheEnd(
        reader: StreamReader,
        writer: StreamWriter,
    ) {
        assertFalse(Trampoline.isInCall(), "a handler runs inside a call of Weir")
        reader.read()
        writer.close()
    }

    /** A caller's `use` of a server then waits until the clients have closed every connection. */
    private suspend fun cancelOpening(
        name: String,
        open: suspend () -> AutoCloseable,
    ) = coroutineScope {
        var opened = 0
        var longest = 400_000 // nanoseconds; follows the time that an open takes on this machine
        val rounds = Multiplicity.rounds(2_000)
        repeat(rounds) {
            val before = opened
            val attempt =
                async(Dispatchers.Default) {
                    open().also { opened++ }.close()
                }
            spin(random.nextInt(longest))
            attempt.cancelAndJoin()
            longest += if (opened == before) longest / 64 else -longest / 8
        }
        println("race: $name cancelled: $rounds rounds, $opened opened")
        assertTrue(opened in 1 until rounds) { "must win some rounds and lose some: won $opened" }
    }

    @Test
    suspend fun a_closed_socket_is_never_a_cancellation() =
        withDeadline {
            val reset = startServer("127.0.0.1", 0) { _, writer -> writer.transport.abort() }
            reset.use { server ->
                repeat(200) {
                    openConnection("127.0.0.1", server.port).use { (reader, writer) ->
                        val outcome =
                            runCatching {
                                writer.write(ByteArray(100_000))
                                reader.read()
                                writer.drain()
                            }
                        assertTrue(
                            outcome.exceptionOrNull() !is CancellationException,
                        ) { "$outcome" }
                    }
                }
            }
        }

    private fun spin(nanos: Int) {
        val end = System.nanoTime() + nanos
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait()
        }
    }

    /** An endless sequence of bytes, with lines, that reveals a missing, doubled or moved byte. */
    private class NumberedBytes {
        var position = 0L
            private set

        fun nextByte(): Byte {
            val at = position++
            if (at % 41 == at / 41 % 41) {
                return '\n'.code.toByte()
            }
            return ('0'.code + (at * 31 + at / 256) % 75).toByte()
        }

        fun next(count: Int) = ByteArray(count) { nextByte() }
    }

    private companion object {
        const val MAX_BYTES = 64
        const val MAX_CHUNK = 16
    }
}
