/**
 * The streams of Python's asyncio: {@link io.weir.AsyncStreams} opens connections and starts
 * servers, {@link io.weir.StreamReader} and {@link io.weir.StreamWriter} are the two ends of a
 * connection.
 *
 * <h2>How it works</h2>
 *
 * <p>A connection reads from and writes to a channel of bytes, for sockets usually one on a
 * selector loop. The channel allows one read and one write at a time; only closing cancels them.
 * The connection keeps one channel read outstanding, unless reading is paused or the buffer is
 * full. Received bytes go to the pending read of the program, or to the buffer. Outgoing bytes are
 * written at once if nothing is queued. Otherwise a copy is queued, and gathering writes send the
 * queue.
 *
 * <p>Each connection has one lock, which guards all its state. Decisions are made under the lock,
 * and their actions run after it is released. No channel is called and no future is completed while
 * the lock is held.
 *
 * <p>A pending read is claimed before bytes are taken for it. A read that is cancelled before the
 * claim consumes nothing. After the claim it cannot be cancelled, and returns its bytes. So a
 * cancellation loses no byte.
 *
 * <h2>Threads</h2>
 *
 * <p>I/O runs on a fixed number of daemon threads of an {@link io.weir.AsyncRuntime}. Each thread
 * runs a selector loop, and each connection belongs to one of them. A future completes, and its
 * callbacks run, on the I/O thread of its connection, or on the executor in the options. A pending
 * future never completes inside a call into this library, such as {@code close}. The futures of
 * servers, and of failed connects, complete on a callback thread of the runtime, or on the executor
 * in the options. With the JDK's channels, I/O completes futures on the threads of the channel
 * group, and a call by the program, such as {@code close}, completes them on a callback thread of
 * the runtime. The futures of one connection complete in order.
 *
 * <p>Hand-fed readers and {@link io.weir.MemoryStreams} have no thread: their callbacks run on the
 * calling thread at the end of its outermost call into the library. {@code join()} and {@code
 * get()} of an unfinished future throw in a callback, because its thread may have to complete the
 * future. On an executor of the program they wait.
 *
 * <h2>Observation</h2>
 *
 * <p>A {@link io.weir.ConnectionObserver} receives the events of connections, for metrics. JDK
 * Flight Recorder has the events {@code io.weir.Connect}, {@code Accept}, {@code TlsHandshake},
 * {@code WriterStall} (a pending drain), {@code Close} with its reason, and {@code SlowCallback}.
 * An application in a named module, or a {@code jlink} image, needs the module {@code jdk.jfr} for
 * them ({@code --add-modules jdk.jfr}). A callback that occupies an I/O thread for more than two
 * seconds is logged, see {@link io.weir.RuntimeOptions#withSlowCallbackTime}.
 *
 * <h2>Closing</h2>
 *
 * <p>A connection closes once, and keeps the reason ({@link io.weir.CloseReason}). A watchdog
 * closes a connection when the idle, read or write timeout expires. It has one timer per
 * connection, which checks the time of the last progress when it fires.
 *
 * <p>An orderly close passes all outgoing bytes to the kernel and then closes the socket. If the
 * socket still has unread bytes, the kernel sends RST, and the peer can lose data that it has not
 * read yet. So {@link io.weir.StreamWriter#closeGracefully} and {@link io.weir.Server#shutdown}
 * half-close first. They discard what the peer still sends until it closes too, at most one second
 * after the last byte.
 *
 * <h2>Failures</h2>
 *
 * <ul>
 *   <li>Misuse throws {@link java.lang.IllegalArgumentException} at once, or {@link
 *       java.lang.IllegalStateException} when it depends on the state of a connection, server or
 *       runtime. If the method returns a future, the future fails with the {@code
 *       IllegalStateException} instead.
 *   <li>A failure of the network or the peer is an {@link java.io.IOException}, such as {@link
 *       io.weir.ConnectionLostException}, {@link io.weir.IncompleteReadException}, {@link
 *       io.weir.LimitOverrunException} or {@link java.net.ConnectException}.
 *   <li>When the program closes or aborts a connection, its reader gets a clean EOF. But after a
 *       timeout, {@link io.weir.AsyncRuntime#close}, or a {@link io.weir.Server#shutdown} that has
 *       cut the input off, reads fail with {@code ConnectionLostException}.
 * </ul>
 *
 * @since 0.1.0
 */
@NullMarked
package io.weir;

import org.jspecify.annotations.NullMarked;
