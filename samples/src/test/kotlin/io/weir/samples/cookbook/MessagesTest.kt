package io.weir.samples.cookbook

import io.weir.DecoderSplits
import io.weir.coroutines.openConnection
import io.weir.samples.EachLanguage
import io.weir.samples.Lang
import io.weir.samples.cookbook.coroutines.ask
import io.weir.samples.cookbook.coroutines.serveMessages
import io.weir.testing.Program
import kotlinx.coroutines.future.await
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

class MessagesTest {
    @EachLanguage
    suspend fun each_message_of_a_python_client_is_answered(lang: Lang) =
        withDeadline {
            val check: suspend (Int) -> Unit = { port ->
                Program.python("message_client.py", port, "one", "", "zwölf").use {
                    assertEquals(listOf("<one>", "<>", "<zwölf>"), it.restOfLines())
                    it.assertEndsWell()
                }
            }
            when (lang) {
                Lang.JAVA -> serving(Messages.serve(HOST, 0) { "<$it>" }, check)
                Lang.KOTLIN -> serving(serveMessages(HOST, 0) { "<$it>" }, check)
            }
        }

    @EachLanguage
    suspend fun a_python_server_answers_each_message(lang: Lang) =
        withDeadline {
            Program.python("message_server.py").use { server ->
                openConnection(HOST, server.line().toInt()).use { connection ->
                    for ((text, answer) in listOf("one" to "eno", "" to "", "zwölf" to "flöwz")) {
                        val received =
                            when (lang) {
                                Lang.JAVA -> Messages.ask(connection.asJava, text).await()
                                Lang.KOTLIN -> connection.ask(text)
                            }
                        assertEquals(answer, received)
                    }
                }
            }
        }

    @Test
    fun messages_are_the_same_however_the_network_splits_them() {
        val texts = listOf("one", "", "zwölf")
        val stream = texts.map(Messages.ENCODER::encode).reduce(ByteArray::plus)
        assertEquals(texts, DecoderSplits.valuesOf(Messages.DECODER, stream))
    }
}
