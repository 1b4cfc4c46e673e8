/**
 * Byte channels: what carries bytes between two peers.
 *
 * <p>{@link io.weir.internal.channel.AsyncByteChannel} is the one seam of the library. Everything
 * above it works with any implementation, and every implementation passes the same contract tests.
 */
@NullMarked
package io.weir.internal.channel;

import org.jspecify.annotations.NullMarked;
