/** The events of the JDK's flight recorder. */
@NullMarked
package io.weir.internal.jfr;

import org.jspecify.annotations.NullMarked;
