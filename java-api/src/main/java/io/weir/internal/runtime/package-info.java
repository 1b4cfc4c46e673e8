/** The threads of a runtime, its clock and its executors. */
@NullMarked
package io.weir.internal.runtime;

import org.jspecify.annotations.NullMarked;
