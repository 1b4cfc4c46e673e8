/** The servers that are compared: Weir's, and its peers'. */
@NullMarked
package io.weir.benchmarks.server;

import org.jspecify.annotations.NullMarked;
