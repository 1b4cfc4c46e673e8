/** Asynchronous byte streams over TCP, Unix domain sockets and TLS. */
@NullMarked
package io.weir;

import org.jspecify.annotations.NullMarked;
