package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectOptions;
import io.weir.Decoded;
import io.weir.Decoder;
import io.weir.Decoders;
import io.weir.MemoryStreams;
import io.weir.StreamReader;
import io.weir.testing.ConnectedPair;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.ThrowingConsumer;
import org.opentest4j.TestAbortedException;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.reactivestreams.tck.flow.FlowSubscriberBlackboxVerification;
import org.testng.SkipException;
import org.testng.annotations.Test;

/** The tests of Reactive Streams, which are written for TestNG. Some of them wait for seconds. */
@Tag("matrix")
public class ReactiveStreamsTckTest {

  private static final int TIMEOUT_MILLIS = 2_000; // only for what must come
  private static final int SILENCE_MILLIS = 20; // for what must not

  /** As many bytes as a test may ask for. */
  private static final int MAX_BYTES = 10_000;

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> a_publisher_of_what_a_socket_receives() {
    return tests(() -> new OfSocket(open), FlowPublisherVerification::setUp, 20);
  }

  @TestFactory
  Stream<DynamicTest> a_publisher_of_a_reader_without_a_thread() {
    return tests(OfHandFed::new, FlowPublisherVerification::setUp, 20);
  }

  @TestFactory
  Stream<DynamicTest> the_subscriber_of_writeAll() {
    return tests(() -> new OfWriter(open), FlowSubscriberBlackboxVerification::setUp, 8);
  }

  /** Makes a test of each method that is one for TestNG. */
  private static <V> Stream<DynamicTest> tests(
      Supplier<V> verification, ThrowingConsumer<? super V> setUp, int least) {
    List<Method> methods =
        Arrays.stream(verification.get().getClass().getMethods())
            .filter(method -> method.isAnnotationPresent(Test.class))
            .filter(method -> !method.getName().startsWith("untested_")) // which are empty
            .filter(method -> !method.getName().startsWith("optional_spec111_")) // one subscriber
            .toList();
    assertTrue(methods.size() >= least, methods::toString);
    return methods.stream()
        .map(
            method ->
                DynamicTest.dynamicTest(
                    method.getName(),
                    () -> {
                      V fresh = verification.get();
                      setUp.accept(fresh);
                      run(method, fresh);
                    }));
  }

  private static void run(Method method, Object verification) throws Throwable {
    try {
      method.invoke(verification);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof SkipException skipped) {
        throw new TestAbortedException(skipped.getMessage());
      }
      throw e.getCause();
    }
  }

  /** Values are bytes that a peer has sent; signals come on any of several threads. */
  public static final class OfSocket extends FlowPublisherVerification<Byte> {

    private final List<AutoCloseable> open;

    OfSocket(List<AutoCloseable> open) {
      super(new TestEnvironment(TIMEOUT_MILLIS, SILENCE_MILLIS));
      this.open = open;
    }

    @Override
    public long maxElementsFromPublisher() {
      return MAX_BYTES;
    }

    @Override
    public Flow.Publisher<Byte> createFlowPublisher(long elements) {
      ExecutorService executor = Executors.newFixedThreadPool(3);
      open.add(executor::shutdown);
      ConnectedPair pair =
          ConnectedPair.open(ConnectOptions.DEFAULTS.withCallbackExecutor(executor));
      open.add(pair);
      pair.peer().send(new byte[(int) Math.min(elements, MAX_BYTES)]);
      pair.peer().shutdownOutput();
      return pair.reader().asPublisher(Decoders.int8());
    }

    @Override
    public Flow.Publisher<Byte> createFailedFlowPublisher() {
      return occupied();
    }
  }

  /** Values come without end, and all signals on the thread that requests. */
  public static final class OfHandFed extends FlowPublisherVerification<Long> {

    OfHandFed() {
      super(new TestEnvironment(TIMEOUT_MILLIS, SILENCE_MILLIS));
    }

    @Override
    public Flow.Publisher<Long> createFlowPublisher(long elements) {
      AtomicLong left = new AtomicLong(elements);
      Decoder<Long> counting =
          (received, ended) -> {
            long number = left.getAndDecrement();
            return number > 0 ? Decoded.of(number, 0) : new Decoded<>(null, 0, 0);
          };
      StreamReader reader = StreamReader.handFed(10);
      reader.feedData(bytes("any"));
      return reader.asPublisher(counting);
    }

    @Override
    public Flow.Publisher<Long> createFailedFlowPublisher() {
      return occupied();
    }
  }

  /** A publisher that has a subscriber. */
  private static <T> Flow.Publisher<T> occupied() {
    Flow.Publisher<T> publisher =
        StreamReader.handFed(10).asPublisher((received, ended) -> Decoded.needs(1));
    publisher.subscribe(
        new Flow.Subscriber<>() {
          @Override
          public void onSubscribe(Flow.Subscription subscription) {}

          @Override
          public void onNext(T value) {}

          @Override
          public void onError(Throwable error) {}

          @Override
          public void onComplete() {}
        });
    return publisher;
  }

  /** The subscriber is that of a connection in memory. */
  public static final class OfWriter extends FlowSubscriberBlackboxVerification<byte[]> {

    OfWriter(List<AutoCloseable> open) {
      super(new TestEnvironment(TIMEOUT_MILLIS, SILENCE_MILLIS));
      startPublisherExecutorService();
      open.add(this::shutdownPublisherExecutorService);
    }

    @Override
    public Flow.Subscriber<byte[]> createFlowSubscriber() {
      AtomicReference<Flow.Subscriber<? super byte[]>> subscriber = new AtomicReference<>();
      MemoryStreams.pair().first().writer().writeAll((Flow.Publisher<byte[]>) subscriber::set);
      @SuppressWarnings("unchecked") // a subscriber of arrays or of more
      Flow.Subscriber<byte[]> made = (Flow.Subscriber<byte[]>) subscriber.get();
      return made;
    }

    @Override
    public byte[] createElement(int element) {
      return new byte[] {(byte) element};
    }
  }
}
