/** Certificates for tests: an authority, what it issues, and both as files and contexts. */
@NullMarked
package io.weir.certificates;

import org.jspecify.annotations.NullMarked;
