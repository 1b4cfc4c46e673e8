/** Runs all servers in turn and makes a table of what they did. */
@NullMarked
package io.weir.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
