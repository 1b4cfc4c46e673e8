/** Small programs that use the library. */
@NullMarked
package io.weir.samples;

import org.jspecify.annotations.NullMarked;
