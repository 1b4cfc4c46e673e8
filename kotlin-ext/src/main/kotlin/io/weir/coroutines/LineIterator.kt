package io.weir.coroutines

/** Iterates over the lines of a reader, for `for (line in reader)`. */
public class LineIterator internal constructor(
    private val reader: StreamReader,
) {
    private var line: ByteArray? = null

    /** Reads the next line unless it has been read; returns false at EOF. */
    public suspend operator fun hasNext(): Boolean {
        val next = line ?: reader.readLine().also { line = it }
        return next.isNotEmpty()
    }

    /** Returns the line that [hasNext] has read. */
    public operator fun next(): ByteArray {
        val next = line
        if (next == null || next.isEmpty()) {
            throw NoSuchElementException("no line: hasNext() was not called, or returned false")
        }
        line = null
        return next
    }
}
