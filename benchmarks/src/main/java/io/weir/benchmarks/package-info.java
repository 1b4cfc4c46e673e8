/** Weir beside its peers, measured: the programs. */
@NullMarked
package io.weir.benchmarks;

import org.jspecify.annotations.NullMarked;
