package io.weir;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.channel.FileReads;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.concurrent.TurnLoop;
import io.weir.internal.stream.Connection;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Writes a part of a file to a connection. Reads each chunk after the drain of the previous one, so
 * the writer's queue is bounded, and nothing is read for a closed connection.
 *
 * <p>Writing a chunk and stopping the transfer take the lock: nothing is written after {@code
 * cancel} has returned, and the number in its exception is exact. A write does not block, and
 * callbacks that it causes run after the lock.
 */
final class FileTransfer extends TurnLoop {

  private final Connection connection;
  private final Object writer; // also keeps the connection open
  private final FileReads files;
  private final FileChannel file;
  private final long position;
  private final long count;
  private final Result result = new Result();

  @GuardedBy("this")
  private long queued; // bytes

  @GuardedBy("this")
  private boolean stopped;

  /**
   * Makes a transfer.
   *
   * @param writer the view of the connection, kept reachable while the transfer runs
   * @param position the first byte in the file
   * @param count the maximum number of bytes
   */
  FileTransfer(
      Connection connection,
      Object writer,
      FileReads files,
      FileChannel file,
      long position,
      long count) {
    this.connection = connection;
    this.writer = writer;
    this.files = files;
    this.file = file;
    this.position = position;
    this.count = count;
  }

  /** The future of the program. */
  private final class Result extends StreamFuture<Long> {

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      return completeExceptionally(
              new CancellationException("cancelled; bytes queued before: " + stopWriting()))
          || isCancelled();
    }
  }

  /** Starts the transfer; the future returns the number of queued bytes. */
  CompletableFuture<Long> transfer() {
    CompletableFuture<@Nullable Void> closed = connection.waitClosed(writer);
    closed.whenComplete((nothing, failure) -> connectionClosed());
    done.whenComplete(
        (nothing, failure) -> {
          closed.cancel(false);
          cancelRead();
          connection.completions().run(() -> finish(failure));
        });
    result.whenComplete((bytes, ended) -> stop());
    drain();
    return result;
  }

  private void finish(@Nullable Throwable failure) {
    if (failure == null) {
      result.complete(stopWriting());
    } else {
      result.completeExceptionally(failure);
    }
  }

  /** Detects that the connection has closed, even while a read of the file blocks. */
  private void connectionClosed() {
    if (!done.isDone()) {
      connection
          .drain(writer) // fails with the reason
          .whenComplete(
              (nothing, failure) -> {
                if (failure != null) {
                  fail(failure);
                }
              });
    }
  }

  private void stop() {
    stopWriting();
    done.cancel(false);
  }

  /** Prevents further writes; returns the number of queued bytes. */
  private synchronized long stopWriting() {
    stopped = true;
    return queued;
  }

  private synchronized long queued() {
    return queued;
  }

  @Override
  protected void turn() {
    if (error != null) {
      fail(error);
    } else if (!done.isDone()) {
      readNext(queued());
    }
  }

  private void readNext(long before) {
    if (before == count) {
      done.complete(null);
      return;
    }
    CompletableFuture<@Nullable ByteBuffer> read =
        files.read(file, position + before, count - before);
    cancelWithLoop(read);
    read.whenComplete(this::pass);
  }

  private void pass(@Nullable ByteBuffer bytes, @Nullable Throwable failure) {
    if (failure != null) {
      runTurnsAfter(failure);
    } else if (bytes == null) {
      done.complete(null);
    } else {
      send(bytes);
    }
  }

  private void send(ByteBuffer bytes) {
    Trampoline here = Trampoline.enterCall();
    try {
      write(bytes);
    } catch (Throwable refused) { // after writeEof, or without memory
      runTurnsAfter(refused);
      return;
    } finally {
      files.buffers().release(bytes);
      here.exit();
    }
    drain();
  }

  private synchronized void write(ByteBuffer bytes) {
    if (!stopped) {
      int size = bytes.remaining();
      connection.write(bytes.duplicate(), "transferFrom");
      queued += size;
    }
  }

  private void drain() {
    connection.drain(writer).whenComplete((nothing, failure) -> runTurnsAfter(failure));
  }
}
