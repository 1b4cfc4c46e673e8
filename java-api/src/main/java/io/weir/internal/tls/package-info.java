/**
 * TLS as a channel over another channel.
 *
 * <p>{@link io.weir.internal.tls.TlsSetup} turns {@link io.weir.internal.tls.TlsSettings} into the
 * channel of a connection, and the JDK's errors into exceptions of the API. {@link
 * io.weir.internal.tls.TlsEngine} is the protocol, without I/O. {@link
 * io.weir.internal.tls.TlsChannel} drives it with a channel, threads and timers.
 */
@NullMarked
package io.weir.internal.tls;

import org.jspecify.annotations.NullMarked;
