package io.weir.samples.cookbook

import io.weir.ConnectionHandler
import io.weir.Decoders
import io.weir.Encoders
import io.weir.coroutines.closing
import io.weir.coroutines.openConnection
import io.weir.samples.EachLanguage
import io.weir.samples.Lang
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.future.asCompletableFuture
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.assertThrows
import org.springframework.boot.Banner
import org.springframework.boot.SpringApplication
import org.springframework.boot.WebApplicationType
import org.springframework.context.ApplicationContextInitializer
import org.springframework.context.SmartLifecycle
import org.springframework.context.support.GenericApplicationContext
import java.io.IOException
import java.util.function.Supplier
import io.weir.samples.cookbook.coroutines.SpringServer as KotlinSpringServer

class SpringServerTest {
    private val asked = CompletableDeferred<Unit>()
    private val answer = CompletableDeferred<String>()

    @EachLanguage
    suspend fun the_end_of_the_application_waits_for_the_answer_to_a_client(lang: Lang) =
        withDeadline {
            val (bean, port) = server(lang)
            val application = SpringApplication(Configuration::class.java)
            application.setWebApplicationType(WebApplicationType.NONE)
            application.setLogStartupInfo(false)
            application.setRegisterShutdownHook(false)
            application.setBannerMode(Banner.Mode.OFF)
            application.addInitializers(
                ApplicationContextInitializer<GenericApplicationContext> {
                    it.registerBean("server", SmartLifecycle::class.java, Supplier { bean })
                },
            )
            val context = application.run()
            val client = openConnection(HOST, port())
            client.writer.send(Encoders.textLine(), "question")
            asked.await()

            val closing = async(Dispatchers.IO) { context.close() }
            while (bean.isRunning) yield()
            assertThrows<IOException> {
                // the kernel may still accept it, but no handler does
                openConnection(HOST, port()).use { it.reader.readExactly(1) }
            }
            answer.complete("answer")

            assertEquals("answer", client.reader.read(Decoders.textLine()))
            assertEquals(null, client.reader.read(Decoders.textLine()))
            client.close()
            closing.await()
        }

    private fun server(lang: Lang): Pair<SmartLifecycle, () -> Int> =
        when (lang) {
            Lang.JAVA -> {
                val handler =
                    ConnectionHandler { reader, writer ->
                        reader.read(Decoders.textLine()).thenCompose {
                            asked.complete(Unit)
                            answer.asCompletableFuture().thenCompose { text ->
                                writer.send(Encoders.textLine(), text)
                            }
                        }
                    }
                val server = SpringServer(ConnectionHandler.closing(handler), HOST, 0)
                Pair(server, server::port)
            }

            Lang.KOTLIN -> {
                val handler =
                    closing { reader, writer ->
                        reader.read(Decoders.textLine())
                        asked.complete(Unit)
                        writer.send(Encoders.textLine(), answer.await())
                    }
                val server = KotlinSpringServer(HOST, 0, handler)
                Pair(server, server::port)
            }
        }

    class Configuration
}
