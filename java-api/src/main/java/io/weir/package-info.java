/**
 * Streams over sockets, as Python's asyncio has them: {@link io.weir.AsyncStreams} opens
 * connections and starts servers, {@link io.weir.StreamReader} and {@link io.weir.StreamWriter} are
 * the two ends of a connection.
 *
 * <h2>How it works</h2>
 *
 * <p>Below everything is a channel of bytes that completes reads and writes ({@code
 * internal.channel.AsyncByteChannel}; for sockets, one on a selector loop). It takes one read and
 * one write at a time and knows no cancellation. Two pumps drive it. The read pump keeps one read
 * outstanding, unless reading is paused, and puts what arrives into a buffer; a user's read is a
 * waiter for that buffer, so it can be cancelled without touching the channel. The write pump takes
 * what has been queued, in one gathering write, as long as there is something.
 *
 * <p>One lock a connection guards all its state. Things are decided under the lock and done after
 * it: no channel is called and no future completed while it is held.
 *
 * <p>A waiter is claimed before bytes are taken for it. Who has cancelled before the claim gets
 * nothing and costs nothing; who cancels after it is too late, and gets the bytes. So no byte is
 * ever lost between the two.
 *
 * <h2>Threads</h2>
 *
 * <p>I/O runs on a fixed number of daemon threads that are started when first needed, each a
 * selector loop with connections of its own. Futures complete there, unless the options give an
 * executor, and so do the callbacks that depend on them: they must not block. {@code join()} and
 * {@code get()} of an unfinished future throw on such a thread rather than wait for it.
 *
 * <p>TCP is not carried by the JDK's {@code AsynchronousSocketChannel} unless a program asks for
 * it. That channel makes up to two system calls a message more than a loop around a selector does:
 * it tries a read before there is anything, and arms a one-shot interest each time. A loop keeps
 * its interest, and reads when it is told that there is something.
 *
 * <p>These threads, the clock and the resolver belong to an {@link io.weir.AsyncRuntime}: one that
 * everybody shares, or one that a program makes and closes.
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
