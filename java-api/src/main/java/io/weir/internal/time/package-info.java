/** The only clock: everything that waits for a time waits here. */
@NullMarked
package io.weir.internal.time;

import org.jspecify.annotations.NullMarked;
