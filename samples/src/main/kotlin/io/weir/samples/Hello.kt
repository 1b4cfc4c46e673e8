package io.weir.samples

import io.weir.coroutines.awaited
import kotlinx.coroutines.runBlocking
import picocli.CommandLine.Command
import java.util.concurrent.CompletableFuture

@Command(name = "hello", description = ["Prints a greeting."])
class Hello : Runnable {
    override fun run() =
        runBlocking { println(awaited(CompletableFuture.completedFuture("hello"))) }
}
