/** Whom to connect to: from a host's name to a connected channel. */
@NullMarked
package io.weir.internal.connect;

import org.jspecify.annotations.NullMarked;
