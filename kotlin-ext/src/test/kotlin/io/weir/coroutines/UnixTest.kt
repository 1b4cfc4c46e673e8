package io.weir.coroutines

import io.weir.ExtraInfo
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.net.BindException
import java.net.UnixDomainSocketAddress
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.attribute.PosixFilePermissions

class UnixTest {
    private suspend fun failure(call: suspend () -> Any): Throwable? =
        runCatching { coroutineScope { call() } }.exceptionOrNull()

    @Test
    suspend fun the_file_has_the_mode_it_was_given_and_goes_with_the_server() =
        withDeadline {
            withSocketPath { path ->
                startUnixServer(path, socketMode = "rw-rw----") { _, _ -> }.use {
                    val mode = Files.getPosixFilePermissions(path)
                    assertEquals("rw-rw----", PosixFilePermissions.toString(mode))
                }
                assertTrue(Files.notExists(path))
            }
        }

    @Test
    suspend fun the_file_stays_when_that_is_asked_for_and_the_next_server_replaces_it() =
        withDeadline {
            withSocketPath { path ->
                startUnixServer(path, cleanupSocket = false) { _, _ -> }.use {}
                assertTrue(Files.exists(path))
                startUnixServer(path) { _, writer -> writer.close() }.use {
                    openUnixConnection(path).use { assertEquals(0, it.reader.read().size) }
                }
            }
        }

    @Test
    suspend fun both_ends_know_the_path_and_who_the_other_is() =
        withDeadline {
            withSocketPath { path ->
                val user = CompletableDeferred<String?>()
                val server =
                    startUnixServer(path, limit = 66) { reader, writer ->
                        user.complete(writer.getExtraInfo(ExtraInfo.PEER_CREDENTIALS)?.user()?.name)
                        writer.write("${reader.limit}".toByteArray())
                        writer.close()
                    }
                server.use {
                    val address = UnixDomainSocketAddress.of(path)
                    assertEquals(address, server.sockets.single().localAddress())
                    openUnixConnection(path, limit = 77).use { (reader, writer) ->
                        assertEquals(77, reader.limit)
                        assertEquals("66", reader.read().decodeToString())
                        assertEquals(address, writer.getExtraInfo(ExtraInfo.PEER_NAME))
                    }
                    assertEquals(Files.getOwner(path.parent).name, user.await())
                }
            }
        }

    @Test
    suspend fun cancelling_the_owner_ends_server_handlers_connections_and_the_file() =
        withDeadline {
            withSocketPath { path ->
                val started = CompletableDeferred<Server>()
                val handlerCancelled = CompletableDeferred<Unit>()
                val owner =
                    launch {
                        startUnixServer(path) { _, writer ->
                            writer.write("hi".toByteArray())
                            try {
                                awaitCancellation()
                            } finally {
                                handlerCancelled.complete(Unit)
                            }
                        }.also { started.complete(it) }
                            .serveForever()
                    }
                val server = started.await()
                openUnixConnection(path).use { (reader, _) ->
                    assertEquals("hi", reader.readExactly(2).decodeToString())
                    owner.cancelAndJoin()
                    handlerCancelled.await()
                    assertFalse(server.isServing)
                    assertTrue(Files.notExists(path))
                    assertEquals(0, reader.read().size, "the handler's connection is closed")
                }
                server.waitClosed()
            }
        }

    @Test
    suspend fun nothing_at_the_path_is_an_error_that_names_it() =
        withDeadline {
            withSocketPath { path ->
                val missing = failure { openUnixConnection(path) }
                assertTrue(missing is NoSuchFileException, missing.toString())
                assertTrue(missing!!.message!!.contains(path.toString()), missing.message)
            }
        }

    @Test
    suspend fun a_path_with_a_server_fails_the_start_and_leaves_the_owner_free() =
        withDeadline {
            withSocketPath { path ->
                startUnixServer(path) { _, writer -> writer.close() }.use { first ->
                    val taken = failure { startUnixServer(path) { _, _ -> } }
                    assertTrue(taken is BindException, taken.toString())
                    assertTrue(taken!!.message!!.contains(path.toString()), taken.message)
                    assertTrue(first.isServing)
                }
            }
        }

    @Test
    suspend fun bad_arguments_throw_at_once() =
        withDeadline {
            withSocketPath { path ->
                val mode = failure { startUnixServer(path, socketMode = "0600") { _, _ -> } }
                assertTrue(mode is IllegalArgumentException, mode.toString())
                assertTrue(mode!!.message!!.contains("0600"), mode.message)
                val limit = failure { openUnixConnection(path, limit = 0) }
                assertTrue(limit is IllegalArgumentException, limit.toString())
            }
        }
}
