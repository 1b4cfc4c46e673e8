package io.weir;

import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.TurnLoop;
import io.weir.internal.stream.DecodingInput;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the values that a decoder finds, to one subscriber at a time. Comments name the rules
 * of Reactive Streams by their numbers.
 */
final class ReaderPublisher<T> implements Flow.Publisher<T> {

  private final DecodingInput input;
  private final Object reader; // kept reachable
  private final Decoder<@Nullable T> decoder;
  private final AtomicReference<@Nullable Subscription<T>> latest = new AtomicReference<>();

  ReaderPublisher(DecodingInput input, Object reader, Decoder<? extends @Nullable T> decoder) {
    this.input = input;
    this.reader = reader;
    this.decoder = new DecoderUpToEnd<>(decoder);
  }

  @Override
  public void subscribe(Flow.Subscriber<? super T> subscriber) {
    Subscription<T> subscription =
        new Subscription<>(this, Objects.requireNonNull(subscriber, "subscriber"));
    Subscription<T> earlier = latest.get();
    boolean free = earlier == null || earlier.ended;
    if (free && latest.compareAndSet(earlier, subscription)) {
      subscription.startAfter(earlier);
    } else {
      subscription.refuse();
    }
  }

  @Override
  public String toString() {
    return "Publisher of " + decoder + " of " + reader;
  }

  /**
   * A subscription. A turn reads and signals at most one value: values that were not signalled stay
   * in the reader.
   */
  private static final class Subscription<T> extends TurnLoop implements Flow.Subscription {

    private final ReaderPublisher<T> publisher;
    private final AtomicLong demand = new AtomicLong();

    // In turns.
    private Flow.@Nullable Subscriber<? super T> newcomer; // until it has its subscription
    private Flow.@Nullable Subscriber<? super T> subscriber; // afterwards, until the last signal

    private volatile @Nullable CompletableFuture<?> ready; // of the next value, which is awaited
    private volatile @Nullable Throwable failure; // to be signalled
    private volatile boolean ended; // cancelled, or before the last signal

    Subscription(ReaderPublisher<T> publisher, Flow.Subscriber<? super T> subscriber) {
      this.publisher = publisher;
      this.newcomer = subscriber;
    }

    /** Starts when a cancelled subscription has left the reader. */
    void startAfter(@Nullable Subscription<T> earlier) {
      if (earlier == null) {
        runTurnsOn(publisher.input.completions());
      } else {
        earlier.done.whenComplete((nothing, never) -> runTurnsOn(publisher.input.completions()));
      }
    }

    void refuse() {
      failure =
          new IllegalStateException(
              "this publisher of "
                  + publisher.reader
                  + " already has a subscriber, and a reader can have only one pending read:"
                  + " subscribe when the other subscription is cancelled or complete");
      runTurnsOn(publisher.input.completions());
    }

    @Override
    public void request(long count) {
      if (ended) {
        return; // 3.6
      }
      if (count > 0) {
        demand.accumulateAndGet(count, (a, b) -> a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b);
      } else {
        failure =
            new IllegalArgumentException(
                "request(" + count + "): rule 3.9 of Reactive Streams requires > 0");
      }
      runTurnsOn(publisher.input.completions());
    }

    @Override
    public void cancel() {
      if (!ended) {
        ended = true;
        cancelReady();
        runTurns(); // signals nothing
      }
    }

    private void cancelReady() {
      CompletableFuture<?> pending = ready;
      if (pending != null) {
        pending.cancel(false);
      }
    }

    @Override
    protected void turn() {
      try {
        introduce();
        if (ended) {
          leave();
        } else if (failure != null) {
          end(failure);
        } else if (demand.get() > 0 && (ready == null || ready.isDone())) {
          signalNext();
        }
      } catch (Throwable thrown) { // user code
        end(thrown);
      }
    }

    private void introduce() {
      Flow.Subscriber<? super T> receiver = newcomer;
      if (receiver != null) {
        newcomer = null;
        subscriber = receiver;
        receiver.onSubscribe(this);
      }
    }

    private void signalNext() throws Exception {
      Decoded<@Nullable T> found =
          publisher.input.poll(publisher.decoder, this::cancelWithSubscription);
      ready = null;
      if (found == null) {
        return; // cancelled
      }
      T value = found.value();
      if (!found.isComplete()) {
        await();
      } else if (value == null) {
        end(null);
      } else {
        demand.updateAndGet(count -> count == Long.MAX_VALUE ? count : count - 1);
        Objects.requireNonNull(subscriber).onNext(value);
        runTurns();
      }
    }

    private void await() {
      publisher
          .input
          .whenReady(publisher.decoder, publisher.reader, this::cancelWithSubscription)
          .whenComplete(
              (nothing, error) -> {
                if (error != null) {
                  failure = StreamFuture.causeOf(error);
                }
                runTurns();
              });
    }

    private void cancelWithSubscription(CompletableFuture<?> read) {
      ready = read;
      if (ended) {
        read.cancel(false);
      }
    }

    private void end(@Nullable Throwable error) {
      Flow.Subscriber<? super T> receiver = ended ? null : subscriber;
      ended = true;
      leave();
      try {
        if (receiver != null && error != null) {
          receiver.onError(error);
        } else if (receiver != null) {
          receiver.onComplete();
        }
      } catch (Throwable ignored) { // 2.13 forbids it, and the JDK's publisher ignores it as well
      }
    }

    /** 3.13: keeps no reference to the subscriber. */
    private void leave() {
      subscriber = null;
      cancelReady();
      ready = null;
      done.complete(null);
    }
  }
}
