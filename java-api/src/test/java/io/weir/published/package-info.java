/** What is published, from its POMs to the programs that use it. */
package io.weir.published;
