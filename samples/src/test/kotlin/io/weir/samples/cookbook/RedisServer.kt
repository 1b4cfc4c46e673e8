package io.weir.samples.cookbook

import io.weir.testing.Program

/** A real Redis that keeps nothing on disk. */
internal class RedisServer private constructor(
    private val program: Program,
    val port: Int,
) : AutoCloseable {
    override fun close() = program.close()

    companion object {
        fun start(): RedisServer =
            onFreePort { port ->
                val options = "--port $port --bind $HOST --appendonly no --dir /".split(" ")
                val program = Program.program(listOf("redis-server", "--save", "") + options)
                if (listens(program)) RedisServer(program, port) else null.also { program.close() }
            }

        private fun listens(program: Program): Boolean {
            while (true) {
                val line = program.line()
                if ("Ready to accept connections" in line) return true
                if ("Address already in use" in line) return false
            }
        }
    }
}
