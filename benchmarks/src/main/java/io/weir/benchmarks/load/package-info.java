/** The clients that measure a server, in a process of their own and without Weir. */
@NullMarked
package io.weir.benchmarks.load;

import org.jspecify.annotations.NullMarked;
