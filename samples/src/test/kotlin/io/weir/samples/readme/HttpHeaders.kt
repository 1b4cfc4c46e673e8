package io.weir.samples.readme

import io.weir.TlsOptions
import io.weir.coroutines.openConnection
import kotlinx.coroutines.runBlocking

suspend fun printHttpHeaders(host: String) {
    val (reader, writer) = openConnection(host, 443, tls = TlsOptions.defaults())

    writer.write("HEAD / HTTP/1.0\r\nHost: $host\r\n\r\n".toByteArray(Charsets.ISO_8859_1))
    for (line in reader) {
        println("HTTP header> " + line.toString(Charsets.ISO_8859_1).trimEnd())
    }

    writer.close()
    writer.waitClosed()
}

fun main(args: Array<String>) = runBlocking { printHttpHeaders(args[0]) }
