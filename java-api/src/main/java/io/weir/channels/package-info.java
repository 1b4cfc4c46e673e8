/**
 * Asynchronous channels on selector loops, for streams and for programs that use channels
 * themselves: {@link io.weir.channels.SelectorChannelProvider}.
 */
@NullMarked
package io.weir.channels;

import org.jspecify.annotations.NullMarked;
