/** The programs of docs/asyncio.md, which shows them without their package. */
package io.weir.samples.readme;
