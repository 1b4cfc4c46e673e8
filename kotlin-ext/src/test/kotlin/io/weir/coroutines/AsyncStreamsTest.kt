package io.weir.coroutines

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.util.concurrent.CompletableFuture

class AsyncStreamsTest {
    @Test
    suspend fun a_future_is_awaited() {
        assertEquals(7, awaited(CompletableFuture.completedFuture(7)))
    }
}
