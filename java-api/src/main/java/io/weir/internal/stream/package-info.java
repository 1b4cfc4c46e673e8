/**
 * One connection. {@link io.weir.internal.stream.Connection} owns the lock and performs steps;
 * {@link io.weir.internal.stream.Lifecycle}, {@link io.weir.internal.stream.InputState} and {@link
 * io.weir.internal.stream.OutputState} are plain data, and decide on the steps.
 */
@NullMarked
package io.weir.internal.stream;

import org.jspecify.annotations.NullMarked;
