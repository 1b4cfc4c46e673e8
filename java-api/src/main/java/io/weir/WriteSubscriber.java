package io.weir;

import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.TurnLoop;
import io.weir.internal.stream.Connection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Writes the elements of a publisher, and requests each after the drain of the previous one. A turn
 * is a request, or the cancellation of the subscription. Comments name the rules of Reactive
 * Streams by their numbers.
 */
final class WriteSubscriber extends TurnLoop implements Flow.Subscriber<byte[]> {

  private static final Flow.Subscription ENDED =
      new Flow.Subscription() {
        @Override
        public void request(long count) {}

        @Override
        public void cancel() {}
      };

  private final Connection connection;
  private final Object writer; // also keeps the connection open
  private final StreamFuture<@Nullable Void> result = new StreamFuture<>();
  private volatile Flow.@Nullable Subscription subscription;
  private CompletableFuture<@Nullable Void> drained = StreamFuture.done(); // between signals

  private WriteSubscriber(Connection connection, Object writer) {
    this.connection = connection;
    this.writer = writer;
  }

  static CompletableFuture<@Nullable Void> start(
      Connection connection, Object writer, Flow.Publisher<byte[]> publisher) {
    WriteSubscriber subscriber = new WriteSubscriber(connection, writer);
    subscriber.watch();
    try {
      publisher.subscribe(subscriber);
    } catch (Throwable thrown) { // user code
      subscriber.fail(thrown);
    }
    return subscriber.result;
  }

  /**
   * Detects the loss of the connection even while the publisher publishes nothing. Completes the
   * program's future where drains complete, and not inside a call of the publisher.
   */
  private void watch() {
    CompletableFuture<@Nullable Void> closed = connection.waitClosed(writer);
    closed.whenComplete(
        (nothing, failure) -> {
          if (!done.isDone()) {
            connection.drain(writer).whenComplete(this::onDrained); // fails with the reason
          }
        });
    done.whenComplete(
        (nothing, failure) -> {
          closed.cancel(false);
          runTurns();
          connection.completions().run(() -> StreamFuture.end(result, failure));
        });
    result.whenComplete((nothing, ended) -> done.cancel(false));
  }

  @Override
  protected void turn() {
    Flow.Subscription current = subscription;
    if (current == null) {
      return;
    }
    try {
      if (done.isDone()) {
        subscription = ENDED;
        current.cancel();
      } else {
        current.request(1);
      }
    } catch (Throwable thrown) { // user code
      fail(thrown);
    }
  }

  private void onDrained(@Nullable Void nothing, @Nullable Throwable failure) {
    if (failure == null) {
      runTurns();
    } else {
      fail(failure);
    }
  }

  @Override
  public void onSubscribe(Flow.Subscription offered) {
    requireElement(offered, "subscription");
    if (subscription == null) {
      subscription = offered;
      runTurns();
    } else {
      offered.cancel(); // 2.5
    }
  }

  @Override
  public void onNext(byte[] element) {
    requireElement(element, "an element of publisher");
    if (done.isDone()) {
      return; // 2.8: published before the cancellation
    }
    try {
      connection.write(element, 0, element.length);
      drained = connection.drain(writer);
      drained.whenComplete(this::onDrained);
    } catch (Throwable thrown) { // after writeEof for example
      fail(thrown);
    }
  }

  @Override
  public void onError(Throwable failure) {
    requireElement(failure, "the error of publisher");
    subscription = ENDED; // 2.4
    fail(failure);
  }

  @Override
  public void onComplete() {
    subscription = ENDED; // 2.4
    drained.whenComplete(
        (nothing, failure) -> {
          if (failure == null) {
            done.complete(null);
          }
        });
  }

  /** 2.13: the publisher gets the exception, and the subscription counts as cancelled. */
  private void requireElement(@Nullable Object signal, String name) {
    if (signal == null) {
      NullPointerException refused = new NullPointerException(name);
      fail(refused);
      throw refused;
    }
  }
}
