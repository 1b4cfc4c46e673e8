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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Two channels that are connected in memory, by a wire that the test can cut and disturb. Nothing
 * waits but reads, and writes if the test says so: what is written is taken at once, and reads of
 * the other end complete inside that call.
 */
public final class CuttableWire {

  /** How a wire that is cut shows it, in both directions. */
  public enum Cut {
    /** Both ends read the end of the stream; what they write is lost. */
    EOF,
    /** Reads and writes of both ends fail. */
    RESET,
    /** Nothing arrives any more; what is written is lost. */
    SILENCE
  }

  private final End left = new End("left");
  private final End right = new End("right");
  private @Nullable Cut cut; // guarded by this
  private Cut how = Cut.EOF; // guarded by this

  /** Connects two ends. */
  public CuttableWire() {
    left.other = right;
    right.other = left;
  }

  /** The one end. */
  public End left() {
    return left;
  }

  /** The other end. */
  public End right() {
    return right;
  }

  /** Cuts the wire when an end has read so many bytes, in this way. */
  public void cutAfter(End reader, long bytes, Cut kind) {
    synchronized (this) {
      reader.limit = bytes;
      how = kind;
    }
    runAll(bytes == 0 ? cut(kind) : List.of());
  }

  /** Cuts the wire now. */
  public void cutNow(Cut kind) {
    runAll(cut(kind));
  }

  /** Whether it was cut. */
  public synchronized boolean isCut() {
    return cut != null;
  }

  private List<Runnable> cut(Cut kind) {
    synchronized (this) {
      cut = kind;
      List<Runnable> completions = new ArrayList<>();
      left.answer(completions);
      right.answer(completions);
      completions.add(left::releaseWrites);
      completions.add(right::releaseWrites);
      return completions;
    }
  }

  private static void runAll(List<Runnable> completions) {
    completions.forEach(Runnable::run);
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Write(
      ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {}

  private record Read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {}

  /** One of the two ends. */
  public final class End implements AsyncByteChannel {

    private final String name;
    private End other;

    // Guarded by the wire.
    private ByteBuffer arrived = ByteBuffer.allocate(0);
    private UnaryOperator<byte[]> disturbance = bytes -> bytes;
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private long limit = Long.MAX_VALUE;
    private long received;
    private boolean ended; // by the other end
    private boolean open = true;
    private @Nullable Read pending;
    private boolean holding;
    private @Nullable Write held;

    private End(String name) {
      this.name = name;
    }

    /** Passes each piece that this end writes through a function. */
    public void disturb(UnaryOperator<byte[]> change) {
      synchronized (CuttableWire.this) {
        disturbance = change;
      }
    }

    /** What this end writes waits from now on. */
    public void holdWrites() {
      synchronized (CuttableWire.this) {
        holding = true;
      }
    }

    /** Whether a write waits. */
    public boolean holdsWrite() {
      synchronized (CuttableWire.this) {
        return held != null;
      }
    }

    /** The write that waits, if any, is done, and those that come do not wait. */
    public void releaseWrites() {
      Write released = takeHeld();
      synchronized (CuttableWire.this) {
        holding = false;
      }
      if (released != null) {
        write(released.srcs, released.count, released.handler);
      }
    }

    private @Nullable Write takeHeld() {
      synchronized (CuttableWire.this) {
        Write taken = held;
        held = null;
        return taken;
      }
    }

    /** How many bytes it has read. */
    public long received() {
      synchronized (CuttableWire.this) {
        return received;
      }
    }

    /** Everything it has written, before any disturbance. */
    public byte[] sent() {
      synchronized (CuttableWire.this) {
        return sent.toByteArray();
      }
    }

    /** Bytes arrive that the other end has not sent. */
    public void arrive(byte[] bytes) {
      List<Runnable> completions = new ArrayList<>();
      synchronized (CuttableWire.this) {
        add(bytes);
        answer(completions);
      }
      runAll(completions);
    }

    private void add(byte[] bytes) {
      ByteBuffer all = ByteBuffer.allocate(arrived.remaining() + bytes.length);
      arrived = all.put(arrived).put(bytes).flip();
    }

    @Override
    public void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
      List<Runnable> completions = new ArrayList<>();
      synchronized (CuttableWire.this) {
        if (pending != null) {
          throw new ReadPendingException();
        }
        if (!dst.hasRemaining()) {
          throw new AssertionError("a read into a full buffer");
        }
        if (open) {
          pending = new Read(dst, handler);
          answer(completions);
        } else {
          completions.add(() -> handler.failed(new ClosedChannelException(), null));
        }
      }
      runAll(completions);
    }

    /** Answers the read that waits, if it can be; under the wire's lock. */
    private void answer(List<Runnable> completions) {
      Read read = pending;
      if (read == null) {
        return;
      }
      if (cut != null) {
        answerCut(read, completions);
      } else if (arrived.hasRemaining()) {
        pending = null;
        int count = take(read.dst);
        if (received == limit) {
          completions.addAll(cut(how));
        }
        completions.add(() -> read.handler.completed(count, null));
      } else if (ended) {
        pending = null;
        completions.add(() -> read.handler.completed(-1, null));
      }
    }

    private void answerCut(Read read, List<Runnable> completions) {
      if (cut == Cut.SILENCE) {
        return;
      }
      pending = null;
      completions.add(
          cut == Cut.EOF
              ? () -> read.handler.completed(-1, null)
              : () -> read.handler.failed(new IOException("Connection reset"), null));
    }

    private int take(ByteBuffer dst) {
      int room = (int) Math.min(limit - received, dst.remaining());
      int count = Math.min(room, arrived.remaining());
      dst.put(arrived.slice(arrived.position(), count));
      arrived.position(arrived.position() + count);
      received += count;
      return count;
    }

    @Override
    public void write(
        ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
      List<Runnable> completions = new ArrayList<>();
      synchronized (CuttableWire.this) {
        if (!open) {
          completions.add(() -> handler.failed(new ClosedChannelException(), null));
        } else if (holding && cut == null) {
          held = new Write(srcs, count, handler);
        } else if (cut == Cut.RESET || (cut == null && !other.open)) {
          completions.add(() -> handler.failed(new IOException("Broken pipe"), null));
        } else {
          byte[] bytes = takeAll(srcs, count);
          send(bytes, completions);
          completions.add(() -> handler.completed((long) bytes.length, null));
        }
      }
      runAll(completions);
    }

    private void send(byte[] bytes, List<Runnable> completions) {
      sent.writeBytes(bytes);
      other.add(disturbance.apply(bytes));
      other.answer(completions);
    }

    private static byte[] takeAll(ByteBuffer[] srcs, int count) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (int i = 0; i < count; i++) {
        byte[] bytes = new byte[srcs[i].remaining()];
        srcs[i].get(bytes);
        all.writeBytes(bytes);
      }
      return all.toByteArray();
    }

    @Override
    public boolean canEndOutput() {
      return true;
    }

    @Override
    public void endOutput() {
      end(/* close= */ false);
    }

    @Override
    public void close(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
      end(/* close= */ true);
      handler.completed(null, null);
    }

    @Override
    public void abort() {
      end(/* close= */ true);
    }

    private void end(boolean close) {
      List<Runnable> completions = new ArrayList<>();
      synchronized (CuttableWire.this) {
        other.ended = true;
        other.answer(completions);
        Read read = pending;
        if (close) {
          open = false;
          arrived = ByteBuffer.allocate(0);
          pending = null;
        }
        if (close && read != null) {
          completions.add(() -> read.handler.failed(new AsynchronousCloseException(), null));
        }
      }
      runAll(completions);
      Write write = close ? takeHeld() : null;
      if (write != null) {
        write.handler.failed(new AsynchronousCloseException(), null);
      }
    }

    @Override
    public boolean isOpen() {
      synchronized (CuttableWire.this) {
        return open;
      }
    }

    @Override
    public SocketAddress localAddress() {
      return InetSocketAddress.createUnresolved(name, 1);
    }

    @Override
    public SocketAddress remoteAddress() {
      return other.localAddress();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
      return Set.of();
    }

    @Override
    public <T> @Nullable T option(SocketOption<T> option) {
      throw new UnsupportedOperationException(option + " on a wire");
    }

    @Override
    public <T> void option(SocketOption<T> option, T value) {
      throw new UnsupportedOperationException(option + " on a wire");
    }

    @Override
    public String toString() {
      return "wire, " + name;
    }
  }
}
