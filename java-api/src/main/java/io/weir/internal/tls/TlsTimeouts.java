package io.weir.internal.tls;

import java.time.Duration;

/**
 * The timeouts of a TLS connection.
 *
 * @param handshake the maximum duration of the handshake
 * @param shutdown the maximum time that closing waits for the peer's close_notify
 */
public record TlsTimeouts(Duration handshake, Duration shutdown) {}
