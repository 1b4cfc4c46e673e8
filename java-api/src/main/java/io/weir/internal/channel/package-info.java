/**
 * Channels of bytes, and their implementations.
 *
 * <p>{@link io.weir.internal.channel.AsyncByteChannel} is the seam to the network. The higher
 * layers work with every implementation, and every implementation passes the same contract tests.
 */
@NullMarked
package io.weir.internal.channel;

import org.jspecify.annotations.NullMarked;
