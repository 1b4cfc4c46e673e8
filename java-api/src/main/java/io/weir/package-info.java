/**
 * Streams over sockets, as Python's asyncio has them: {@link io.weir.AsyncStreams} opens
 * connections and starts servers, {@link io.weir.StreamReader} and {@link io.weir.StreamWriter} are
 * the two ends of a connection.
 *
 * <h2>How it works</h2>
 *
 * <p>Below everything is a channel of bytes that completes reads and writes ({@code
 * internal.channel.AsyncByteChannel}; for sockets, usually one on a selector loop). It takes one
 * read and one write at a time, and neither can be cancelled. The connection keeps one read of the
 * channel under way, unless reading is paused or the buffer is full. Received bytes go to the
 * pending read of the program, or to the buffer. Outgoing bytes are written at once if nothing is
 * queued before them; otherwise a copy is queued, and the queue leaves in gathering writes.
 *
 * <p>One lock for each connection guards all its state. Every event is decided under the lock and
 * performed after it: no channel is called and no future is completed while the lock is held.
 *
 * <p>A pending read is claimed before bytes leave the buffer. A read that is cancelled before the
 * claim takes nothing. After the claim it cannot be cancelled any more, and gets its bytes. So no
 * byte is lost between the two.
 *
 * <h2>Threads</h2>
 *
 * <p>I/O runs on a fixed number of daemon threads of an {@link io.weir.AsyncRuntime}, each a
 * selector loop with connections of its own. A future completes, and its callbacks run, on the I/O
 * thread of its connection, or on the executor in the options; never inside a call of this library.
 * The futures of servers, and of connects that fail, belong to no connection: they complete on a
 * callback thread of the runtime, or on that executor. Channels of the JDK complete on the threads
 * of their group, and what is found in a call of the program completes on the callback threads, in
 * order. Readers fed by hand and {@link io.weir.MemoryStreams} have no thread: their callbacks run
 * on the calling thread at the end of its outermost call. {@code join()} and {@code get()} of an
 * unfinished future throw in every callback that does not run on an executor of the program,
 * because that thread may have to complete the future.
 *
 * <h2>Ends</h2>
 *
 * <p>A connection ends once, for a reason that it keeps ({@link io.weir.CloseReason}). A watchdog
 * ends one that has carried nothing, or on which a read has waited, for longer than the options
 * allow: it has one timer a connection, which looks at the time of the last progress when it runs.
 *
 * <p>To close in order is to hand everything to the kernel and then to close the socket. If bytes
 * of the peer are unread then, the kernel resets the connection, and the peer can lose what it has
 * not read yet. So what closes with a limit ({@link io.weir.StreamWriter#closeGracefully}, {@link
 * io.weir.Server#shutdown}) ends the outgoing half first, and throws away what the peer still sends
 * until it ends too, or for a second.
 *
 * <h2>Failures</h2>
 *
 * <ul>
 *   <li>Misuse throws {@link java.lang.IllegalArgumentException} at once, or {@link
 *       java.lang.IllegalStateException} where it depends on the state. A method that returns a
 *       future does not throw the latter: the future fails with it.
 *   <li>What the world breaks is an {@link java.io.IOException}: {@link
 *       io.weir.ConnectionLostException}, {@link io.weir.IncompleteReadException}, {@link
 *       io.weir.LimitOverrunException}, {@link java.net.ConnectException} and their kin.
 *   <li>What this side closes ends in order: readers read the end of the stream. But input that
 *       {@link io.weir.Server#shutdown} cuts off ends with {@code ConnectionLostException}.
 * </ul>
 */
@NullMarked
package io.weir;

import org.jspecify.annotations.NullMarked;
