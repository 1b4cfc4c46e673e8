package io.weir.coroutines

import org.jetbrains.kotlin.abi.tools.AbiFilters
import org.jetbrains.kotlin.abi.tools.AbiTools
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.nio.file.Path
import kotlin.io.path.readText
import kotlin.io.path.toPath
import kotlin.io.path.writeText

/** Compares the public API with a checked-in text, so that no change of it is accidental. */
class PublicApiTest {
    @Test
    fun `the exported API is the one that is written down`() {
        val api = dump()
        if (System.getProperty(UPDATE).toBoolean()) {
            TEXT.writeText(api)
        }

        assertEquals(
            TEXT.readText(),
            api,
            "the exported API has changed; when that is meant, write it down with" +
                " mvn -pl kotlin-ext -am test -Dtest=PublicApiTest -D$UPDATE=true",
        )
    }

    private fun dump(): String {
        val classes =
            Server::class.java.protectionDomain.codeSource.location
                .toURI()
                .toPath()
                .toFile()
        val files =
            classes.walk().filter {
                it.extension == "class" &&
                    it.name != "module-info.class"
            }
        val tools = AbiTools.getInstance(javaClass.classLoader)
        return buildString { tools.printJvmDump(this, files.asIterable(), AbiFilters.EMPTY) }
    }

    private companion object {
        val TEXT: Path = Path.of("src/test/resources/public-api.txt")
        const val UPDATE = "weir.api.update"
    }
}
