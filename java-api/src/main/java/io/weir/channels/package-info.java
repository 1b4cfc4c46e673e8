/**
 * Asynchronous channels on selector loops, for streams and for programs that use channels directly:
 * {@link io.weir.channels.SelectorChannelProvider}.
 *
 * @since 0.1.0
 */
@NullMarked
package io.weir.channels;

import org.jspecify.annotations.NullMarked;
