/** Reads certificates and private keys from PEM files (RFC 7468). */
@NullMarked
package io.weir.internal.tls.pem;

import org.jspecify.annotations.NullMarked;
