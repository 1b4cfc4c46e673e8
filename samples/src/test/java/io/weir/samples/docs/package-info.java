/** The code of README.md and of the pages in docs, which DocsTest compares with it. */
package io.weir.samples.docs;
