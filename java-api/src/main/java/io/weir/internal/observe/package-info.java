/** Reports what happens to connections to the program's observer and to the flight recorder. */
@NullMarked
package io.weir.internal.observe;

import org.jspecify.annotations.NullMarked;
