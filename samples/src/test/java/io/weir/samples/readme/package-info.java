/** The programs of the README, which shows them without their package. */
package io.weir.samples.readme;
