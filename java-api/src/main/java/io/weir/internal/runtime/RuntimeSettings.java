package io.weir.internal.runtime;

import java.net.InetAddress;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The settings of an {@link IoRuntime}.
 *
 * @param threadNames the prefix of the thread names
 * @param ioThreads the number of I/O threads, which is also the number of callback threads
 * @param selectors the provider of the selector loops, which serve Unix domain sockets and adopted
 *     channels, and TCP unless there is another provider
 * @param otherProvider another provider of TCP channels; null for the selector loops
 * @param callbackExecutor the default executor of callbacks; null for threads of the runtime
 * @param slowCallbacks the time after which a callback on an I/O thread is reported; null for never
 * @param resolver the default resolver of host names; null for the JDK's
 */
public record RuntimeSettings(
    String threadNames,
    int ioThreads,
    AsynchronousChannelProvider selectors,
    @Nullable AsynchronousChannelProvider otherProvider,
    @Nullable Executor callbackExecutor,
    @Nullable Duration slowCallbacks,
    @Nullable Function<String, CompletionStage<List<InetAddress>>> resolver) {}
