package io.weir.internal.channel;

import io.weir.internal.concurrent.TurnPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Reads files for transfers. A read of a file blocks: on the disk, or without limit on a file
 * server that does not answer. So reads have threads of their own, and delay neither an event loop
 * nor another task of the runtime. A thread is never interrupted, because that would close the
 * program's file.
 */
public final class FileReads {

  private final TurnPool turns;
  private final Executor completions;
  private final DirectBuffers buffers;

  /**
   * Creates a reader of files.
   *
   * @param turns runs the reads
   * @param completions completes the futures
   * @param buffers the buffers of transfers
   */
  public FileReads(TurnPool turns, Executor completions, DirectBuffers buffers) {
    this.turns = turns;
    this.completions = completions;
    this.buffers = buffers;
  }

  /** Returns the buffers of transfers. */
  public DirectBuffers buffers() {
    return buffers;
  }

  /**
   * Reads from a position into a buffer of the pool, which the caller releases. The future
   * completes with null at the end of the file. Cancelling it drops a read that has not started; a
   * running one loses its turn.
   *
   * @param max the maximum number of bytes, more than 0
   */
  public CompletableFuture<@Nullable ByteBuffer> read(FileChannel file, long position, long max) {
    CompletableFuture<@Nullable ByteBuffer> read = new CompletableFuture<>();
    try {
      turns.execute(
          read,
          () -> {
            Runnable completion = readNow(file, position, max, read);
            return () -> completions.execute(completion);
          });
    } catch (Throwable refused) { // an OutOfMemoryError: no thread can be started
      read.completeExceptionally(refused);
    }
    return read;
  }

  /** Reads on this thread. Returns the action that completes the future. */
  private Runnable readNow(
      FileChannel file, long position, long max, CompletableFuture<@Nullable ByteBuffer> read) {
    try {
      ByteBuffer buffer = buffers.acquire();
      long room = Math.min(max, Long.MAX_VALUE - position); // pread refuses more with EINVAL
      buffer.limit((int) Math.min(room, buffer.capacity()));
      if (readInto(buffer, file, position) <= 0) {
        return () -> read.complete(null);
      }
      buffer.flip();
      return () -> {
        if (!read.complete(buffer)) { // cancelled
          buffers.release(buffer);
        }
      };
    } catch (Throwable failure) { // any failure must complete the future
      return () -> read.completeExceptionally(failure);
    }
  }

  /** Reads into the buffer, and releases it when no bytes were read. */
  private int readInto(ByteBuffer buffer, FileChannel file, long position) throws IOException {
    int count = -1;
    try {
      count = file.read(buffer, position);
    } finally {
      if (count <= 0) {
        buffers.release(buffer);
      }
    }
    return count;
  }
}
