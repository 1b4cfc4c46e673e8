/** Runs all servers in turn, and makes a table of the results. */
@NullMarked
package io.weir.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
