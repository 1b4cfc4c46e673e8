package io.weir.internal.server;

import io.weir.internal.channel.AsyncByteChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a server accepts, and how many connections it has admitted. Plain data: it knows neither
 * lock nor thread. {@code ServerStateTest} has the table of all states and events.
 *
 * <pre>
 *   WAITING ---------- start ---------&gt; SERVING
 *    ^   | pause                         ^   | pause
 *    |   v                               |   v
 *   WAITING_PAUSED --- start ---------&gt; PAUSED        (upwards: resume)
 *
 *   any --stop--&gt; STOPPING --close--&gt; CLOSED
 * </pre>
 *
 * <p>While the server is STOPPING, its sockets still listen: the kernel releases them a moment
 * later.
 *
 * <p>An accept that has started cannot be cancelled, so a connection may arrive while the server is
 * paused or full. It is held until there is room, and nothing is read from it. There is at most one
 * for each listening socket.
 */
final class Admission {

  private enum State {
    WAITING,
    WAITING_PAUSED,
    SERVING,
    PAUSED,
    STOPPING,
    CLOSED
  }

  /** What to do with an accepted connection. */
  enum Decision {
    SERVE,
    HOLD,
    /** The server admits no more: abort it. */
    REFUSE
  }

  private final int maxConnections;
  private final Deque<AsyncByteChannel> held = new ArrayDeque<>(0);
  private State state = State.WAITING;
  private int admitted; // connections that have not closed

  Admission(int maxConnections) {
    this.maxConnections = maxConnections;
  }

  /** Returns whether the server has been started and not stopped. Also true while it is paused. */
  boolean isServing() {
    return state == State.SERVING || state == State.PAUSED;
  }

  /** Returns whether no connection will be admitted any more. */
  boolean isStopped() {
    return state == State.STOPPING || state == State.CLOSED;
  }

  /** Returns whether the sockets have been closed. */
  boolean isClosed() {
    return state == State.CLOSED;
  }

  /** Returns whether one more connection can be served. */
  boolean hasRoom() {
    return state == State.SERVING && admitted < maxConnections;
  }

  /** Starts to accept, unless the server has been stopped. */
  void start() {
    state =
        switch (state) {
          case WAITING, SERVING -> State.SERVING;
          case WAITING_PAUSED, PAUSED -> State.PAUSED;
          case STOPPING, CLOSED -> state;
        };
  }

  /** Admits no connection until {@link #resume}. */
  void pause() {
    state =
        switch (state) {
          case WAITING, WAITING_PAUSED -> State.WAITING_PAUSED;
          case SERVING, PAUSED -> State.PAUSED;
          case STOPPING, CLOSED -> state;
        };
  }

  /**
   * Ends a pause.
   *
   * @return whether there is room now
   */
  boolean resume() {
    State before = state;
    state =
        switch (state) {
          case WAITING, WAITING_PAUSED -> State.WAITING;
          case SERVING, PAUSED -> State.SERVING;
          case STOPPING, CLOSED -> state;
        };
    return before == State.PAUSED && hasRoom();
  }

  /** Decides about an accepted connection. */
  Decision admit(AsyncByteChannel channel) {
    if (isStopped()) {
      return Decision.REFUSE;
    }
    if (hasRoom()) {
      admitted++;
      return Decision.SERVE;
    }
    held.add(channel);
    return Decision.HOLD;
  }

  /**
   * Admits the connection that has been held longest. Returns null when there is none or no room.
   */
  @Nullable AsyncByteChannel admitHeld() {
    if (held.isEmpty() || !hasRoom()) {
      return null;
    }
    admitted++;
    return held.remove();
  }

  /**
   * Notes that an admitted connection has closed.
   *
   * @return whether this made room
   */
  boolean release() {
    boolean wasFull = admitted-- >= maxConnections;
    return wasFull && hasRoom();
  }

  /** Admits no more connections. */
  void stop() {
    if (state != State.CLOSED) {
      state = State.STOPPING;
    }
  }

  /** Notes that the sockets have been closed. */
  void close() {
    state = State.CLOSED;
  }

  /** Removes the connections that are held and returns them, for the caller to abort. */
  List<AsyncByteChannel> removeHeld() {
    List<AsyncByteChannel> removed = List.copyOf(held);
    held.clear();
    return removed;
  }

  @Override
  public String toString() {
    return state + " " + admitted + "+" + held.size();
  }
}
