package io.weir.samples.cookbook

import io.weir.Decoders
import io.weir.coroutines.openConnection
import io.weir.samples.EachLanguage
import io.weir.samples.Lang
import io.weir.samples.cookbook.coroutines.startReminder
import kotlinx.coroutines.flow.first
import org.junit.jupiter.api.Assertions.assertEquals
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.toJavaDuration

class ReminderTest {
    @EachLanguage
    suspend fun a_line_that_comes_in_parts_is_whole_after_reminders(lang: Lang) =
        withDeadline {
            val limit = 50.milliseconds
            val client: suspend (Int) -> Unit = { port ->
                openConnection(HOST, port).use { (reader, writer) ->
                    for (part in listOf("one ", "two ", "three")) {
                        writer.write(part.encodeToByteArray())
                        assertEquals("Are you still there?", reader.read(Decoders.textLine()))
                    }
                    writer.write("\n".encodeToByteArray())
                    writer.writeEof()
                    val said = reader.textLines().first { it.startsWith("You") }
                    assertEquals("You said one two three", said)
                }
            }
            when (lang) {
                Lang.JAVA -> serving(Reminder.start(HOST, 0, limit.toJavaDuration()), client)
                Lang.KOTLIN -> serving(startReminder(HOST, 0, limit), client)
            }
        }
}
