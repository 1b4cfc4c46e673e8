package io.weir.testing;

import io.weir.internal.channel.AsyncByteChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * A channel whose other end is the test: it decides what arrives and when, and how much of each
 * write is taken, and when.
 *
 * <p>What arrives while no read is outstanding makes the next reads complete inside the call. A
 * write completes inside the call, as the script of {@link #takes} says, or whole; after {@link
 * #holdWrites} it waits for {@link #completeWrite} or {@link #failWrite}.
 *
 * <p>It keeps the contract of {@link AsyncByteChannel}, and notices when its user does not: see
 * {@link #misuses}.
 */
public final class ScriptedChannel implements AsyncByteChannel {

  /** One step of what a read brings. */
  private record Arrival(ByteBuffer data, Throwable error, boolean eof) {}

  private record PendingRead(ByteBuffer dst, CompletionHandler<Integer, Void> handler) {}

  private record PendingWrite(
      List<ByteBuffer> srcs, String content, CompletionHandler<Long, Void> handler) {}

  private final Deque<Arrival> arrivals = new ArrayDeque<>();
  private final Deque<Object> writeScript = new ArrayDeque<>();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final List<Integer> gathered = new ArrayList<>();
  private final List<String> misuses = new ArrayList<>();
  private PendingRead pendingRead;
  private PendingWrite pendingWrite;
  private CompletionHandler<Void, Void> pendingClose;
  private boolean holdWrites;
  private boolean holdClose;
  private boolean open = true;
  private boolean canEndOutput = true;
  private boolean outputShut;
  private boolean hasAddresses = true;
  private IOException shutdownFailure;
  private IOException failureAtOnce;
  private int roomAtOnce;
  private Runnable meanwhile = () -> {};
  private int reads;
  private int shutdowns;
  private int closes;
  private int aborts;

  // ---- the test's end: reading ----

  /** Bytes arrive: for the read outstanding, or for the next ones. */
  public void arrive(String text) {
    arrive(Texts.bytes(text));
  }

  /** Bytes arrive: for the read outstanding, or for the next ones. */
  public void arrive(byte[] data) {
    arrives(new Arrival(ByteBuffer.wrap(data.clone()), null, false));
  }

  /** The peer ends its half. */
  public void arriveEof() {
    arrives(new Arrival(null, null, true));
  }

  /** The read outstanding, or the next one, fails; so do all after it. */
  public void failRead(Throwable error) {
    arrives(new Arrival(null, error, false));
  }

  private void arrives(Arrival arrival) {
    synchronized (this) {
      arrivals.add(arrival);
    }
    completeRead();
  }

  private void completeRead() {
    Runnable completion;
    synchronized (this) {
      if (pendingRead == null || arrivals.isEmpty()) {
        return;
      }
      PendingRead read = pendingRead;
      pendingRead = null;
      completion = completionOf(read, arrivals.getFirst());
    }
    completion.run();
  }

  private Runnable completionOf(PendingRead read, Arrival arrival) {
    if (arrival.error != null) {
      return () -> read.handler.failed(arrival.error, null);
    }
    if (arrival.eof) {
      return () -> read.handler.completed(-1, null);
    }
    int count = Math.min(read.dst.remaining(), arrival.data.remaining());
    read.dst.put(arrival.data.slice(arrival.data.position(), count));
    arrival.data.position(arrival.data.position() + count);
    if (!arrival.data.hasRemaining()) {
      arrivals.removeFirst();
    }
    return () -> read.handler.completed(count, null);
  }

  /** Whether a read is outstanding. */
  public synchronized boolean isReadPending() {
    return pendingRead != null;
  }

  /** How many reads have been started. */
  public synchronized int reads() {
    return reads;
  }

  // ---- the test's end: writing ----

  /** The next writes take so many bytes each, inside the call. */
  public synchronized void takes(int... counts) {
    for (int count : counts) {
      writeScript.add(count);
    }
  }

  /** The next write, or the one after the script so far, fails inside the call. */
  public synchronized void failsWrite(Throwable error) {
    writeScript.add(error);
  }

  /** So many bytes that are to be written at once are taken; then as before. */
  public synchronized void takesAtOnce(int count) {
    roomAtOnce = count;
  }

  /** What is to be written at once fails from now on. */
  public synchronized void failsAtOnce(IOException error) {
    failureAtOnce = error;
  }

  /** Writes wait from now on. */
  public synchronized void holdWrites() {
    holdWrites = true;
  }

  /** Writes complete inside the call from now on; one that waits is completed, whole. */
  public void releaseWrites() {
    synchronized (this) {
      holdWrites = false;
      if (pendingWrite == null) {
        return;
      }
    }
    completeWrite();
  }

  /** The write that waits takes all of its bytes. */
  public void completeWrite() {
    PendingWrite write = takePendingWrite();
    take(write, write.content.length()).run();
  }

  /** The write that waits takes some of its bytes. */
  public void completeWrite(int count) {
    take(takePendingWrite(), count).run();
  }

  /** The write that waits fails. */
  public void failWrite(Throwable error) {
    takePendingWrite().handler.failed(error, null);
  }

  private synchronized PendingWrite takePendingWrite() {
    PendingWrite write = pendingWrite;
    if (write == null) {
      throw new AssertionError("no write is outstanding on " + this);
    }
    pendingWrite = null;
    return write;
  }

  private synchronized Runnable take(PendingWrite write, int count) {
    if (!write.content.equals(contentOf(write.srcs))) {
      misuses.add("the buffers of a write were changed while it was outstanding");
    }
    int taken = Math.min(count, write.content.length());
    written.writeBytes(Texts.bytes(write.content.substring(0, taken)));
    int left = taken;
    for (ByteBuffer src : write.srcs) {
      int step = Math.min(left, src.remaining());
      src.position(src.position() + step);
      left -= step;
    }
    return () -> write.handler.completed((long) taken, null);
  }

  private static String contentOf(List<ByteBuffer> srcs) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (ByteBuffer src : srcs) {
      byte[] part = new byte[src.remaining()];
      src.duplicate().get(part);
      content.writeBytes(part);
    }
    return Texts.text(content.toByteArray());
  }

  /** Whether a write is outstanding. */
  public synchronized boolean isWritePending() {
    return pendingWrite != null;
  }

  /** How many writes have been started. */
  public synchronized int writes() {
    return gathered.size();
  }

  /** How many buffers each write was given. */
  public synchronized List<Integer> gathered() {
    return List.copyOf(gathered);
  }

  /** Everything that was taken. */
  public synchronized byte[] written() {
    return written.toByteArray();
  }

  /** Everything that was taken, as text. */
  public String writtenText() {
    return Texts.text(written());
  }

  // ---- the test's end: closing ----

  /** This channel has no half-close. */
  public synchronized void refuseEndOutput() {
    canEndOutput = false;
  }

  /** Ending the outgoing half fails. */
  public synchronized void failEndOutput(IOException error) {
    shutdownFailure = error;
  }

  /** What somebody else does in the moment in which the outgoing half is ended. */
  public synchronized void whileShuttingDownOutput(Runnable somethingElse) {
    meanwhile = somethingElse;
  }

  /** Closing waits for {@link #completeClose} or {@link #failClose}. */
  public synchronized void holdClose() {
    holdClose = true;
  }

  /** The closing that waits is done. */
  public void completeClose() {
    takePendingClose().completed(null, null);
  }

  /** The closing that waits fails. */
  public void failClose(Throwable error) {
    takePendingClose().failed(error, null);
  }

  private synchronized CompletionHandler<Void, Void> takePendingClose() {
    CompletionHandler<Void, Void> handler = pendingClose;
    if (handler == null) {
      throw new AssertionError("nobody is closing " + this);
    }
    pendingClose = null;
    open = false;
    return handler;
  }

  /** How often the outgoing half was ended. */
  public synchronized int shutdowns() {
    return shutdowns;
  }

  /** How often the channel was closed in order. */
  public synchronized int closes() {
    return closes;
  }

  /** How often the channel was aborted. */
  public synchronized int aborts() {
    return aborts;
  }

  /** What the channel's user has done that the contract does not allow. */
  public synchronized List<String> misuses() {
    return List.copyOf(misuses);
  }

  // ---- the user's end ----

  @Override
  public void read(ByteBuffer dst, CompletionHandler<Integer, Void> handler) {
    boolean closed;
    synchronized (this) {
      if (pendingRead != null) {
        misuses.add("a second read");
        throw new ReadPendingException();
      }
      if (!dst.hasRemaining()) {
        misuses.add("a read into a full buffer");
      }
      reads++;
      closed = !open;
      if (!closed) {
        pendingRead = new PendingRead(dst, handler);
      }
    }
    if (closed) {
      handler.failed(new ClosedChannelException(), null);
    } else {
      completeRead();
    }
  }

  @Override
  public synchronized int writeNow(ByteBuffer src) throws IOException {
    if (roomAtOnce > 0) {
      byte[] taken = new byte[Math.min(roomAtOnce, src.remaining())];
      src.get(taken);
      written.writeBytes(taken);
      roomAtOnce -= taken.length;
      return taken.length;
    }
    if (failureAtOnce != null) {
      throw failureAtOnce;
    }
    return 0;
  }

  @Override
  public void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, Void> handler) {
    Runnable completion;
    synchronized (this) {
      if (pendingWrite != null) {
        misuses.add("a second write");
        throw new WritePendingException();
      }
      List<ByteBuffer> used = List.copyOf(Arrays.asList(srcs).subList(0, count));
      gathered.add(count);
      completion = completionOf(new PendingWrite(used, contentOf(used), handler));
    }
    completion.run();
  }

  private Runnable completionOf(PendingWrite write) {
    if (write.content.isEmpty()) {
      misuses.add("a write of nothing");
    }
    if (!open || outputShut) {
      return () -> write.handler.failed(new ClosedChannelException(), null);
    }
    Object step = writeScript.poll();
    if (step instanceof Throwable error) {
      return () -> write.handler.failed(error, null);
    }
    if (step instanceof Integer count) {
      return take(write, count);
    }
    if (holdWrites) {
      pendingWrite = write;
      return () -> {};
    }
    return take(write, write.content.length());
  }

  @Override
  public synchronized boolean canEndOutput() {
    return canEndOutput;
  }

  @Override
  public void endOutput() throws IOException {
    Runnable first;
    synchronized (this) {
      first = meanwhile;
    }
    first.run();
    endOutputNow();
  }

  private synchronized void endOutputNow() throws IOException {
    if (pendingWrite != null) {
      misuses.add("the end of the outgoing half while a write is outstanding");
    }
    shutdowns++;
    if (!open || closes > 0) {
      throw new ClosedChannelException();
    }
    if (shutdownFailure != null) {
      throw shutdownFailure;
    }
    outputShut = true;
  }

  @Override
  public void close(CompletionHandler<Void, Void> handler) {
    synchronized (this) {
      if (pendingWrite != null) {
        misuses.add("a close while a write is outstanding");
      }
      closes++;
      if (holdClose) {
        pendingClose = handler;
        return;
      }
    }
    shut();
    handler.completed(null, null);
  }

  @Override
  public void abort() {
    synchronized (this) {
      aborts++;
    }
    shut();
  }

  private void shut() {
    PendingRead read;
    PendingWrite write;
    CompletionHandler<Void, Void> close;
    synchronized (this) {
      open = false;
      read = pendingRead;
      write = pendingWrite;
      close = pendingClose;
      pendingRead = null;
      pendingWrite = null;
      pendingClose = null;
    }
    if (read != null) {
      read.handler.failed(new AsynchronousCloseException(), null);
    }
    if (write != null) {
      write.handler.failed(new AsynchronousCloseException(), null);
    }
    if (close != null) {
      close.failed(new AsynchronousCloseException(), null);
    }
  }

  // ---- the socket's facts ----

  @Override
  public synchronized boolean isOpen() {
    return open;
  }

  /** The channel has no addresses from now on. */
  public synchronized void forgetAddresses() {
    hasAddresses = false;
  }

  @Override
  public synchronized SocketAddress localAddress() {
    return hasAddresses ? InetSocketAddress.createUnresolved("here", 1) : null;
  }

  @Override
  public synchronized SocketAddress remoteAddress() {
    return hasAddresses ? InetSocketAddress.createUnresolved("there", 2) : null;
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return Set.of();
  }

  @Override
  public <T> T option(SocketOption<T> name) {
    throw new UnsupportedOperationException(name + " on a scripted channel");
  }

  @Override
  public <T> void option(SocketOption<T> name, T value) {
    throw new UnsupportedOperationException(name + " on a scripted channel");
  }

  @Override
  public String toString() {
    return "scripted";
  }
}
