package io.weir.samples

// java -jar samples/target/weir-samples.jar http-headers https://example.org/

import io.weir.TlsOptions
import io.weir.coroutines.StreamConnection
import io.weir.coroutines.openConnection
import java.net.URI

/** Shows the header lines of an HTTP response, as in asyncio's documentation. */
suspend fun httpHeaders(
    url: URI,
    trust: TlsOptions = TlsOptions.defaults(),
) {
    val (reader, writer) = connect(url, trust)

    val path = url.rawPath.ifEmpty { "/" }
    val query = url.rawQuery?.let { "?$it" } ?: ""
    val host = url.rawAuthority.substringAfterLast('@')
    val request = "HEAD $path$query HTTP/1.0\r\nHost: $host\r\n\r\n"
    writer.write(request.toByteArray(Charsets.ISO_8859_1))

    for (bytes in reader) {
        val line = bytes.toString(Charsets.ISO_8859_1).trimEnd()
        if (line.isNotEmpty()) {
            println("HTTP header> $line")
        }
    }

    writer.close()
    writer.waitClosed()
}

private suspend fun connect(
    url: URI,
    trust: TlsOptions,
): StreamConnection {
    if (url.scheme == "http") {
        return openConnection(url.host, if (url.port < 0) 80 else url.port)
    }
    val tls = trust.withTruncationAsEof(true) // HTTP itself marks the end of the headers
    return openConnection(url.host, if (url.port < 0) 443 else url.port, tls = tls)
}
