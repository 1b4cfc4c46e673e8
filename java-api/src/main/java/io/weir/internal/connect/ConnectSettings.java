package io.weir.internal.connect;

import io.weir.ConnectionObserver;
import io.weir.internal.stream.ConnectionSettings;
import java.net.InetAddress;
import java.net.SocketOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a {@link ConnectAttempt}.
 *
 * @param connection the settings of the connection that it opens
 * @param observer observes the connection; null for none
 * @param timeout the maximum time until the connection is open; null for no limit
 * @param attemptDelay the delay between the attempts to two addresses (RFC 8305); zero starts an
 *     attempt only when the previous one has failed
 * @param interleave how many addresses of the preferred family come first; 0 keeps the resolver's
 *     order
 * @param family the type of the addresses to try
 * @param localAddress the address to connect from; null for any
 * @param resolver the program's resolver of host names; null for the JDK's
 * @param socketOptions the options to set on each socket before it connects
 */
public record ConnectSettings(
    ConnectionSettings connection,
    @Nullable ConnectionObserver observer,
    @Nullable Duration timeout,
    Duration attemptDelay,
    int interleave,
    Class<? extends InetAddress> family,
    @Nullable HostPort localAddress,
    @Nullable Function<String, CompletionStage<List<InetAddress>>> resolver,
    Map<SocketOption<?>, Object> socketOptions) {}
