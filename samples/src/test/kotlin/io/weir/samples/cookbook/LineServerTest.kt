package io.weir.samples.cookbook

import io.weir.samples.EachLanguage
import io.weir.samples.Lang
import io.weir.samples.cookbook.coroutines.startLineServer
import org.junit.jupiter.api.Assertions.assertEquals

class LineServerTest {
    @EachLanguage
    suspend fun each_line_of_socat_is_answered(lang: Lang) =
        withServer(lang) { port ->
            val answers = socat(port, "one\r\ntwo\n\nthree")
            assertEquals(listOf("<one>", "<two>", "<>", "<three>"), answers)
        }

    @EachLanguage
    suspend fun a_line_over_the_limit_ends_its_connection(lang: Lang) =
        withServer(lang) { port ->
            assertEquals(listOf("<one>"), socat(port, "one\n" + "x".repeat(2000) + "\ntwo\n"))
        }

    private suspend fun withServer(
        lang: Lang,
        block: suspend (Int) -> Unit,
    ) = withDeadline {
        when (lang) {
            Lang.JAVA -> serving(LineServer.start(HOST, 0) { "<$it>" }, block)
            Lang.KOTLIN -> serving(startLineServer(HOST, 0) { "<$it>" }, block)
        }
    }
}
