package io.weir.internal.runtime;

import java.net.InetAddress;
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
 * @param usesJdkChannels whether TCP uses the JDK's asynchronous channels instead of selector loops
 * @param callbackExecutor the default executor of callbacks; null for threads of the runtime
 * @param resolver the default resolver of host names; null for the JDK's
 */
public record RuntimeSettings(
    String threadNames,
    int ioThreads,
    boolean usesJdkChannels,
    @Nullable Executor callbackExecutor,
    @Nullable Function<String, CompletionStage<List<InetAddress>>> resolver) {}
