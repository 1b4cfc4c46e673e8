/**
 * CPython's tests of asyncio streams, one class for each of its files: the same names, written from
 * what they check. Those that look inside are in {@code io.weir}.
 */
package io.weir.parity;
