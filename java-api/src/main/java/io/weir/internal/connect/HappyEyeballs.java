package io.weir.internal.connect;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.Closing;
import io.weir.internal.concurrent.Timers;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Dials several addresses, each a little later than the one before or as soon as that has failed,
 * until one answers (RFC 8305, section 5). The first that answers wins; the others are closed, also
 * one that answers later. Closing the race closes all.
 *
 * <pre>
 *             an address answers
 *   RACING --------------------------&gt; OVER: whoever still comes is closed
 *      |       every address has failed ^  ^
 *      +--------------------------------+  |
 *      +------------- close() -------------+
 * </pre>
 *
 * <p>asyncio: {@code staggered_race}.
 */
public final class HappyEyeballs implements Closeable {

  /** How to connect to one address. */
  public interface Dial {

    /**
     * Starts to connect.
     *
     * @param handler is told the channel, or why there is none
     * @return ends the attempt when it is closed; the handler may or may not be told then
     * @throws IOException when there cannot be a socket
     */
    Closeable start(
        InetSocketAddress address, CompletionHandler<AsyncByteChannel, @Nullable Void> handler)
        throws IOException;
  }

  private final String target;
  private final List<InetSocketAddress> addresses;
  private final Dial dial;
  private final @Nullable Duration delay;
  private final Timers timers;
  private final CompletionHandler<AsyncByteChannel, @Nullable Void> handler;

  private int next; // of the addresses, to be dialled; guarded by this
  private boolean over; // guarded by this
  private final List<Attempt> running = new ArrayList<>(); // guarded by this
  private final SortedMap<Integer, ConnectException> failures = new TreeMap<>(); // guarded by this
  private Timers.@Nullable Timeout turn; // of the next address; guarded by this

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
    this.timers = timers;
    this.handler = handler;
  }

  /**
   * Begins a race.
   *
   * @param target what to call the peer in errors
   * @param delay how long each address waits for the one before; null for until that has failed
   * @param handler is told the channel, which is then the handler's, or a {@link ConnectException}
   *     with why each address failed, in their order, or whatever else dialling throws, as it is;
   *     nothing once the race has been closed
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
      race.startNext();
    }
    return race;
  }

  private void startNext() {
    Attempt attempt;
    Timers.Timeout obsolete;
    synchronized (this) {
      if (over || next == addresses.size()) {
        return;
      }
      attempt = new Attempt(next++);
      running.add(attempt);
      obsolete = turn;
      turn = null;
    }
    cancel(obsolete);
    scheduleTurnAfter(attempt);
    attempt.start();
  }

  private void scheduleTurnAfter(Attempt attempt) {
    if (delay == null || attempt.index == addresses.size() - 1) {
      return;
    }
    Timers.Timeout scheduled = timers.schedule(delay, () -> startNextAfter(attempt));
    synchronized (this) {
      if (isLast(attempt) && !over) {
        turn = scheduled;
        return;
      }
    }
    scheduled.cancel();
  }

  private void startNextAfter(Attempt attempt) {
    boolean stillLast;
    synchronized (this) {
      stillLast = isLast(attempt);
    }
    if (stillLast) {
      startNext();
    }
  }

  private boolean isLast(Attempt attempt) {
    return attempt.index == next - 1;
  }

  private static void cancel(Timers.@Nullable Timeout timeout) {
    if (timeout != null) {
      timeout.cancel();
    }
  }

  private void answered(Attempt winner, AsyncByteChannel channel) {
    if (endWith(winner)) {
      handler.completed(channel, null);
    } else {
      channel.abort();
    }
  }

  @Override
  public void close() {
    endWith(null);
  }

  /** Ends the race and closes who still runs; false when it was over. */
  private boolean endWith(@Nullable Attempt winner) {
    List<Attempt> losers;
    Timers.Timeout obsolete;
    synchronized (this) {
      if (over) {
        return false;
      }
      over = true;
      running.remove(winner);
      losers = List.copyOf(running);
      running.clear();
      obsolete = turn;
      turn = null;
    }
    cancel(obsolete);
    losers.forEach(Attempt::end);
    return true;
  }

  /** Ends the race by what is no fault of an address. */
  private void breakOff(Throwable broken) {
    if (endWith(null)) {
      handler.failed(broken, null);
    }
  }

  private void failed(Attempt attempt, Throwable cause) {
    boolean goOn;
    boolean lost;
    synchronized (this) {
      if (over || !running.remove(attempt)) {
        return;
      }
      failures.put(attempt.index, named(addresses.get(attempt.index), cause));
      boolean more = next < addresses.size();
      goOn = more && (isLast(attempt) || running.isEmpty());
      lost = !more && running.isEmpty();
      over = lost;
    }
    if (goOn) {
      startNext();
    } else if (lost) {
      handler.failed(allFailed(), null);
    }
  }

  private static ConnectException named(InetSocketAddress address, Throwable cause) {
    ConnectException named =
        new ConnectException("Connect call failed " + address + ": " + cause.getMessage());
    named.initCause(cause);
    return named;
  }

  private synchronized ConnectException allFailed() {
    StringBuilder text = new StringBuilder("cannot connect to " + target);
    String separator = ": ";
    for (ConnectException failure : failures.values()) {
      text.append(separator).append(failure.getMessage());
      separator = "; ";
    }
    text.append(failures.isEmpty() ? ": there is no address to dial" : "");
    ConnectException all = new ConnectException(text.toString());
    failures.values().forEach(all::addSuppressed);
    return all;
  }

  /** One address being dialled. */
  private final class Attempt implements CompletionHandler<AsyncByteChannel, @Nullable Void> {

    final int index;
    private @Nullable Closeable socket; // guarded by the race
    private boolean ended; // guarded by the race

    Attempt(int index) {
      this.index = index;
    }

    void start() {
      Closeable started;
      try {
        started = dial.start(addresses.get(index), this);
      } catch (IOException e) {
        HappyEyeballs.this.failed(this, e);
        return;
      } catch (Throwable broken) { // a bug, or no memory: the race fails
        breakOff(broken);
        return;
      }
      boolean unwanted;
      synchronized (HappyEyeballs.this) {
        socket = started;
        unwanted = ended;
      }
      if (unwanted) {
        Closing.quietly(started);
      }
    }

    void end() {
      Closeable current;
      synchronized (HappyEyeballs.this) {
        ended = true;
        current = socket;
      }
      if (current != null) {
        Closing.quietly(current);
      }
    }

    @Override
    public void completed(AsyncByteChannel channel, @Nullable Void attachment) {
      answered(this, channel);
    }

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      HappyEyeballs.this.failed(this, error);
    }
  }
}
