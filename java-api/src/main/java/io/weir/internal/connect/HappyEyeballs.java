package io.weir.internal.connect;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.Closeables;
import io.weir.internal.concurrent.TimerSlot;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.log.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Connects to one of several addresses (RFC 8305, section 5). Each attempt starts when a delay has
 * passed since the previous one started, or when that one fails. The first established connection
 * wins. The other attempts are closed, and so is a connection that is established later.
 *
 * <pre>
 *            a connection is established, every attempt has failed, or close()
 *   RACING --------------------------------------------------------------------&gt; CLOSED
 * </pre>
 *
 * <p>A failure and an expired delay only make the next attempt due. One thread at a time starts the
 * due attempts, in a loop, because an attempt may fail inside the call that starts it. A recursion
 * over many such addresses would overflow the stack.
 *
 * <p>asyncio: {@code staggered_race}.
 */
public final class HappyEyeballs implements Closeable {

  /** Connects to one address. */
  public interface Dial {

    /**
     * Starts to connect.
     *
     * @param handler receives the channel or the failure, possibly inside this call
     * @return closes the attempt; the handler may still be called afterwards
     * @throws IOException when no socket can be opened
     */
    Closeable start(
        InetSocketAddress address, CompletionHandler<AsyncByteChannel, @Nullable Void> handler)
        throws IOException;
  }

  private final String target;
  private final List<InetSocketAddress> addresses;
  private final Dial dial;
  private final @Nullable Duration delay;
  private final CompletionHandler<AsyncByteChannel, @Nullable Void> handler;
  private final TimerSlot turn; // makes the next attempt due

  /** The number of attempts that have started, which is the index of the next address. */
  @GuardedBy("this")
  private int started;

  /** The number of attempts that should have started by now. */
  @GuardedBy("this")
  private int due;

  /** Whether a thread starts the due attempts. */
  @GuardedBy("this")
  private boolean starting;

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private final List<Attempt> running = new ArrayList<>();

  @GuardedBy("this")
  private final SortedMap<Integer, Throwable> failures = new TreeMap<>(); // by index

  private HappyEyeballs(
      String target,
      List<InetSocketAddress> addresses,
      Dial dial,
      @Nullable Duration delay,
      Timers timers,
      CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
    this.target = target;
    this.addresses = List.copyOf(addresses);
    this.dial = dial;
    this.delay = delay;
    this.turn = new TimerSlot(timers);
    this.handler = handler;
  }

  /**
   * Starts a race.
   *
   * @param target the name of the peer in errors
   * @param delay the time between two attempts; null starts an attempt only when the previous one
   *     has failed
   * @param handler receives the channel, which belongs to it from then on. When every attempt
   *     fails, it receives a {@link ConnectException}. Its cause is the failure of the address if
   *     there is one address. The failures of several are suppressed exceptions, in the order of
   *     the addresses. Anything that {@code dial} throws except an {@link IOException} closes the
   *     race, and the handler receives it unchanged. The handler is not called after {@link
   *     #close}.
   */
  public static HappyEyeballs race(
      String target,
      List<InetSocketAddress> addresses,
      Dial dial,
      @Nullable Duration delay,
      Timers timers,
      CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
    HappyEyeballs race = new HappyEyeballs(target, addresses, dial, delay, timers, handler);
    if (addresses.isEmpty()) {
      handler.failed(race.allFailed(), null);
    } else {
      race.startUpTo(1);
    }
    return race;
  }

  /** Starts attempts until {@code count} have started, unless another thread is starting them. */
  private void startUpTo(int count) {
    synchronized (this) {
      due = Math.max(due, Math.min(count, addresses.size()));
      if (starting) {
        return;
      }
      starting = true;
    }
    for (Attempt attempt = nextDue(); attempt != null; attempt = nextDue()) {
      attempt.start();
    }
  }

  private synchronized @Nullable Attempt nextDue() {
    if (closed || started == due) {
      starting = false;
      return null;
    }
    Attempt attempt = new Attempt(started++);
    running.add(attempt);
    return attempt;
  }

  private void scheduleTurnAfter(Attempt attempt) {
    if (delay == null || attempt.number() == addresses.size()) {
      turn.cancel();
    } else {
      turn.start(delay, () -> startUpTo(attempt.number() + 1));
    }
  }

  private void connected(Attempt winner, AsyncByteChannel channel) {
    if (closeAllBut(winner)) {
      handler.completed(channel, null);
    } else {
      channel.abort();
    }
  }

  @Override
  public void close() {
    closeAllBut(null);
  }

  /** Closes the race and its attempts; returns false when the race was closed before. */
  private boolean closeAllBut(@Nullable Attempt winner) {
    List<Attempt> losers;
    synchronized (this) {
      if (closed) {
        return false;
      }
      closed = true;
      running.remove(winner);
      losers = List.copyOf(running);
      running.clear();
    }
    turn.close();
    losers.forEach(Attempt::close);
    return true;
  }

  /** Closes the race because of an error that concerns no single address. */
  private void abandon(Throwable error) {
    if (closeAllBut(null)) {
      handler.failed(error, null);
    }
  }

  private void failed(Attempt attempt, Throwable cause) {
    boolean allFailed;
    synchronized (this) {
      if (closed || !running.remove(attempt)) {
        return;
      }
      failures.put(attempt.index, cause);
      allFailed = failures.size() == addresses.size();
      closed = allFailed;
    }
    if (allFailed) {
      handler.failed(allFailed(), null);
    } else {
      startUpTo(attempt.number() + 1);
    }
  }

  private synchronized ConnectException allFailed() {
    StringJoiner reasons = new StringJoiner("; ", "cannot connect to " + target + ": ", "");
    reasons.setEmptyValue("cannot connect to " + target + ": there is no address");
    failures.forEach((index, cause) -> reasons.add(reason(index, cause)));
    ConnectException all = new ConnectException(reasons.toString());
    if (addresses.size() == 1) {
      all.initCause(failures.get(0));
    } else {
      failures.forEach((index, cause) -> all.addSuppressed(named(index, cause)));
    }
    return all;
  }

  private ConnectException named(int index, Throwable cause) {
    ConnectException named = new ConnectException("Connect call failed " + reason(index, cause));
    named.initCause(cause);
    return named;
  }

  private String reason(int index, Throwable cause) {
    return addresses.get(index) + ": " + Reason.of(cause);
  }

  /** The attempt to connect to one address. */
  private final class Attempt implements CompletionHandler<AsyncByteChannel, @Nullable Void> {

    private final int index; // of the address

    @GuardedBy("HappyEyeballs.this")
    private @Nullable Closeable socket;

    @GuardedBy("HappyEyeballs.this")
    private boolean unwanted;

    Attempt(int index) {
      this.index = index;
    }

    /** Returns the position of the attempt in the race, from 1. */
    int number() {
      return index + 1;
    }

    void start() {
      Closeable opened;
      try {
        scheduleTurnAfter(this);
        opened = dial.start(addresses.get(index), this);
      } catch (IOException e) {
        HappyEyeballs.this.failed(this, e);
        return;
      } catch (Throwable broken) { // OutOfMemoryError, for example
        abandon(broken);
        return;
      }
      boolean close;
      synchronized (HappyEyeballs.this) {
        socket = opened;
        close = unwanted;
      }
      if (close) {
        Closeables.closeQuietly(opened);
      }
    }

    void close() {
      Closeable current;
      synchronized (HappyEyeballs.this) {
        unwanted = true;
        current = socket;
      }
      if (current != null) {
        Closeables.closeQuietly(current);
      }
    }

    @Override
    public void completed(AsyncByteChannel channel, @Nullable Void attachment) {
      connected(this, channel);
    }

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      HappyEyeballs.this.failed(this, error);
    }
  }
}
