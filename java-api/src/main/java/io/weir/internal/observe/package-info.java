/** Reports the events of connections to the program's observer and to JDK Flight Recorder. */
@NullMarked
package io.weir.internal.observe;

import org.jspecify.annotations.NullMarked;
