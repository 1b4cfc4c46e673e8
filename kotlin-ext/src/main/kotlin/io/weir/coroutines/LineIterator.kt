package io.weir.coroutines

/** Iterates over the lines of a reader; what `for (line in reader)` uses. */
public class LineIterator internal constructor(
    private val reader: StreamReader,
) {
    private var line: ByteArray? = null

    /** Reads the next line, if it has not been read; false at the end of the stream. */
    public suspend operator fun hasNext(): Boolean {
        val next = line ?: reader.readLine().also { line = it }
        return next.isNotEmpty()
    }

    /** The line that [hasNext] has read. */
    public operator fun next(): ByteArray {
        val next = line
        if (next == null || next.isEmpty()) {
            throw NoSuchElementException("no line has been read: call hasNext() first")
        }
        line = null
        return next
    }
}
