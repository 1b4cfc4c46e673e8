package io.weir.coroutines

import kotlinx.coroutines.future.await
import java.util.concurrent.CompletableFuture

/** Waits for [future]. */
public suspend fun <T> awaited(future: CompletableFuture<T>): T = future.await()
