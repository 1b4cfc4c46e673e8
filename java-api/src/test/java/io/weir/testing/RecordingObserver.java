package io.weir.testing;

import io.weir.CloseReason;
import io.weir.ConnectionInfo;
import io.weir.ConnectionObserver;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A connection observer that records its calls. */
public final class RecordingObserver implements ConnectionObserver {

  /**
   * A call.
   *
   * @param what the name of the event, with the kind of the reason of a close
   * @param info the connection; null for a failed accept
   * @param thread the name of the calling thread
   * @param detail the duration of a handshake, the reason of a close or the cause of a failure
   */
  public record Call(
      String what, @Nullable ConnectionInfo info, String thread, @Nullable Object detail) {

    /** Whether the call is about a peer's connection. */
    boolean isOf(SocketAddress peer) {
      return info != null && peer.equals(info.peer());
    }
  }

  private final List<Call> calls = new CopyOnWriteArrayList<>();

  @Override
  public void onOpen(ConnectionInfo connection) {
    add("open", connection, null);
  }

  @Override
  public void onHandshake(ConnectionInfo connection, Duration duration) {
    add("handshake", connection, duration);
  }

  @Override
  public void onClose(ConnectionInfo connection, CloseReason reason) {
    add("close " + reason.kind(), connection, reason);
  }

  @Override
  public void onAcceptFailure(Throwable cause) {
    add("accept failure", null, cause);
  }

  private void add(String what, @Nullable ConnectionInfo connection, @Nullable Object detail) {
    CallbackCheck.assertOutsideCalls();
    calls.add(new Call(what, connection, Thread.currentThread().getName(), detail));
  }

  /** Returns the calls so far. */
  public List<Call> calls() {
    return List.copyOf(calls);
  }

  /** Returns the names of the events so far. */
  public List<String> events() {
    return calls.stream().map(Call::what).toList();
  }

  /** Returns the names of the events of one connection so far. */
  public List<String> eventsOf(SocketAddress peer) {
    return calls.stream().filter(call -> call.isOf(peer)).map(Call::what).toList();
  }

  /** Waits until there have been so many calls, and returns them. */
  public List<Call> await(int count) {
    Deadline.await(count + " calls of the observer", () -> calls.size() >= count);
    return calls();
  }
}
