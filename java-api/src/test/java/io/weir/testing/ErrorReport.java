package io.weir.testing;

import io.weir.ErrorStage;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What an error listener was called with.
 *
 * @param stage what the server was doing
 * @param peer the address of the client, or null when the error concerns none
 * @param error the error
 */
public record ErrorReport(ErrorStage stage, @Nullable SocketAddress peer, Throwable error) {}
