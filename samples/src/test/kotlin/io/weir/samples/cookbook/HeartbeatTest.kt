package io.weir.samples.cookbook

import io.weir.samples.EachLanguage
import io.weir.samples.Lang
import io.weir.samples.cookbook.coroutines.startHeartbeatServer
import io.weir.testing.Program
import org.junit.jupiter.api.Assertions.assertTrue
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.toJavaDuration

class HeartbeatTest {
    @EachLanguage
    suspend fun a_client_is_disconnected_when_it_has_stopped_to_answer(lang: Lang) =
        withDeadline {
            val interval = 200.milliseconds
            // Its answers keep it connected for longer than the limit of three intervals.
            val client: suspend (Int) -> Unit = { port ->
                Program.python("heartbeat_client.py", port, 4).use {
                    val pings = it.line().substringBefore(" pings").toInt()
                    assertTrue(pings in 5..8, "$pings pings")
                    it.assertEndsWell()
                }
            }
            when (lang) {
                Lang.JAVA -> serving(Heartbeat.start(HOST, 0, interval.toJavaDuration()), client)
                Lang.KOTLIN -> serving(startHeartbeatServer(HOST, 0, interval), client)
            }
        }
}
