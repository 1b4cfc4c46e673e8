package io.weir.samples

// java -jar samples/target/weir-samples.jar echo-demo

import kotlinx.coroutines.future.await

private val freePort = HostPort("127.0.0.1", 0)

private const val OF_CLIENT = "client: "
private const val OF_SERVER = "server: "

/** A client in Kotlin talks to a server in Java. */
suspend fun kotlinClientJavaServer(tls: TlsPair? = null) {
    EchoServer.start(freePort, tls?.server, OF_SERVER).await().use { server ->
        val address = Endpoint.of(server)
        println("A client in Kotlin talks to a server in Java at $address")
        echoClient("Hello World!", address, tls?.client, OF_CLIENT)
        server.close()
        server.waitClosed().await()
    }
}

/** A client in Java talks to a server in Kotlin. */
suspend fun javaClientKotlinServer(tls: TlsPair? = null) {
    startEchoServer(freePort, tls?.server, OF_SERVER).use { server ->
        val address = Endpoint.of(server.asJava)
        println("A client in Java talks to a server in Kotlin at $address")
        EchoClient.run("Hello World!", address, tls?.client, OF_CLIENT).await()
    }
}
