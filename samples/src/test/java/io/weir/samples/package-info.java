/** The samples, run as their users run them. */
package io.weir.samples;
