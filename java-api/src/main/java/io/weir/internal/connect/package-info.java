/** Connecting: from a host name to a connected channel. */
@NullMarked
package io.weir.internal.connect;

import org.jspecify.annotations.NullMarked;
