/** The commands that measure Weir beside its peers. */
@NullMarked
package io.weir.benchmarks;

import org.jspecify.annotations.NullMarked;
