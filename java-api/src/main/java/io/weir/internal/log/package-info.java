/** What the log is told. */
@NullMarked
package io.weir.internal.log;

import org.jspecify.annotations.NullMarked;
