/** The threads, and what keeps them. */
@NullMarked
package io.weir.internal.thread;

import org.jspecify.annotations.NullMarked;
