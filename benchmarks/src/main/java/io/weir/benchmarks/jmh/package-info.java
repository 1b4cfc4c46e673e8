/** Measures single operations, on connections inside one process. */
@NullMarked
package io.weir.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
