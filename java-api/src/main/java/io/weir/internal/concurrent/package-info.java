/**
 * Threads, timers, futures, and the one place where completions run users' callbacks ({@link
 * io.weir.internal.concurrent.Trampoline}).
 */
@NullMarked
package io.weir.internal.concurrent;

import org.jspecify.annotations.NullMarked;
