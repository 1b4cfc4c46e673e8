/**
 * TLS, as a channel over a channel.
 *
 * <p>{@link io.weir.internal.tls.TlsEngine} is the protocol, as a machine without I/O; {@link
 * io.weir.internal.tls.TlsChannel} gives it a channel, threads and a clock.
 */
@NullMarked
package io.weir.internal.tls;

import org.jspecify.annotations.NullMarked;
