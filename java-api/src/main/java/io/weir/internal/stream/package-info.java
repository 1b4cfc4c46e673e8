/**
 * One connection. {@link io.weir.internal.stream.Connection} owns the lock and performs actions;
 * {@link io.weir.internal.stream.Lifecycle}, {@link io.weir.internal.stream.InputState} and {@link
 * io.weir.internal.stream.OutputState} decide on them, as plain data.
 */
@NullMarked
package io.weir.internal.stream;

import org.jspecify.annotations.NullMarked;
