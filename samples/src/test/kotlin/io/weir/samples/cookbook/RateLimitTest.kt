package io.weir.samples.cookbook

import io.weir.samples.EachLanguage
import io.weir.samples.Lang
import io.weir.samples.cookbook.coroutines.startLimitedEcho
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.measureTimedValue

class RateLimitTest {
    @EachLanguage
    suspend fun what_exceeds_the_burst_comes_at_the_rate(lang: Lang) =
        withDeadline {
            val time = echo(lang, 300_000, bytesPerSecond = 1_000_000, burst = 100_000)
            assertTrue(time >= 200.milliseconds, "300 kB with a burst of 100 kB took $time")
        }

    @EachLanguage
    suspend fun what_the_burst_contains_comes_at_once(lang: Lang) =
        withDeadline { echo(lang, 100_000, bytesPerSecond = 1, burst = 100_000) }

    private suspend fun echo(
        lang: Lang,
        bytes: Int,
        bytesPerSecond: Long,
        burst: Long,
    ): Duration {
        var time = Duration.ZERO
        val client: suspend (Int) -> Unit = { port ->
            val text = "x".repeat(bytes)
            val (echoed, taken) = measureTimedValue { socat(port, text) }
            assertEquals(listOf(text), echoed)
            time = taken
        }
        when (lang) {
            Lang.JAVA -> serving(RateLimit.start(HOST, 0, bytesPerSecond, burst), client)
            Lang.KOTLIN -> serving(startLimitedEcho(HOST, 0, bytesPerSecond, burst), client)
        }
        return time
    }
}
