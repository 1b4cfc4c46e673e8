/** The programs of docs/cookbook.md in Java. */
@NullMarked
package io.weir.samples.cookbook;

import org.jspecify.annotations.NullMarked;
