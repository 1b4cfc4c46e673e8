package io.weir.benchmarks.server

import io.weir.coroutines.Server
import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.startServer
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.util.concurrent.CompletableFuture
import kotlin.concurrent.thread
import kotlin.coroutines.CoroutineContext

/** Weir in Kotlin, with its handlers on the chosen dispatcher. */
internal object WeirKotlinServer {
    @JvmStatic
    fun start(setup: Setup): RunningServer {
        val runtime = WeirServer.runtime(setup)
        val started = CompletableFuture<Pair<Server, Job>>()
        when (setup.dispatcher()) {
            Dispatcher.UNCONFINED -> {
                launch(
                    Dispatchers.Unconfined,
                ) { serve(setup, runtime, started) }
            }

            Dispatcher.DEFAULT -> {
                launch(Dispatchers.Default) { serve(setup, runtime, started) }
            }

            Dispatcher.RUNBLOCKING -> {
                thread { runBlocking { serve(setup, runtime, started) } }
            }
        }
        val (server, job) = started.join()
        return RunningServer(server.port) {
            runBlocking { job.cancelAndJoin() }
            runtime.close()
        }
    }

    private fun launch(
        dispatcher: CoroutineContext,
        serve: suspend () -> Unit,
    ) {
        CoroutineScope(dispatcher).launch { serve() }
    }

    private suspend fun serve(
        setup: Setup,
        runtime: io.weir.AsyncRuntime,
        started: CompletableFuture<Pair<Server, Job>>,
    ) {
        val server =
            startServer(
                Setup.HOST,
                setup.port(),
                backlog = Setup.BACKLOG,
                tls = setup.tls()?.let(WeirServer::tlsOptions),
                runtime = runtime,
                handler = handler(setup.work()),
            )
        server.use {
            started.complete(it to currentCoroutineContext().job)
            it.serveForever()
        }
    }

    private fun handler(work: Work): suspend (StreamReader, StreamWriter) -> Unit =
        when (work) {
            Work.ECHO -> ::echo
            Work.LINES -> ::echoLines
            Work.SINK -> ::drop
            Work.FORWARD -> throw IllegalArgumentException("weir-kotlin does not forward")
        }

    private suspend fun echo(
        reader: StreamReader,
        writer: StreamWriter,
    ) {
        while (true) {
            val bytes = reader.read(Setup.BUFFER)
            if (bytes.isEmpty()) break
            writer.write(bytes)
            writer.drain()
        }
        writer.close()
    }

    private suspend fun echoLines(
        reader: StreamReader,
        writer: StreamWriter,
    ) {
        for (line in reader) {
            writer.write(line)
            writer.drain()
        }
        writer.close()
    }

    private suspend fun drop(
        reader: StreamReader,
        writer: StreamWriter,
    ) {
        while (reader.read(Setup.BUFFER).isNotEmpty()) {
            // dropped
        }
        writer.close()
    }
}
