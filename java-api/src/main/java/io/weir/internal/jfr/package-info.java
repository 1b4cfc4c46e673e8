/** The JDK Flight Recorder events. */
@NullMarked
package io.weir.internal.jfr;

import org.jspecify.annotations.NullMarked;
