package io.weir.samples

// java -jar samples/target/weir-samples.jar echo-demo

import kotlinx.coroutines.future.await

private const val HOST = "127.0.0.1"
private const val FREE_PORT = 0

/** A client in Kotlin talks to a server in Java. */
suspend fun kotlinClientJavaServer() {
    EchoServer.start(HOST, FREE_PORT).await().use { server ->
        val address = HostPort.of(server)
        println("A client in Kotlin talks to a server in Java at $address")
        echoClient("Hello World!", address.host, address.port)
        server.close()
        server.waitClosed().await()
    }
}

/** A client in Java talks to a server in Kotlin. */
suspend fun javaClientKotlinServer() {
    startEchoServer(HOST, FREE_PORT).use { server ->
        val address = HostPort.of(server.java)
        println("A client in Java talks to a server in Kotlin at $address")
        EchoClient.run("Hello World!", address.host, address.port).await()
    }
}
