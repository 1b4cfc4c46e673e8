/** TLS: bytes to bytes. And the files of its certificates and keys. */
@NullMarked
package io.weir.internal.tls;

import org.jspecify.annotations.NullMarked;
