/** Small doubles and helpers for tests. */
package io.weir.testing;
