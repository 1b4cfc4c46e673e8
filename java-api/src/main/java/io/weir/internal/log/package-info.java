/** Logs without throwing, and without unescaped untrusted input. */
@NullMarked
package io.weir.internal.log;

import org.jspecify.annotations.NullMarked;
