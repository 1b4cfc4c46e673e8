package io.weir.channels;

import java.nio.channels.CompletionHandler;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes completion handlers of functions. */
final class Handlers {

  private Handlers() {}

  /** Calls a function with the result, or with the error. */
  static <V> CompletionHandler<V, Object> of(BiConsumer<V, @Nullable Throwable> function) {
    return new CompletionHandler<>() {
      @Override
      public void completed(V value, @Nullable Object attachment) {
        function.accept(value, null);
      }

      @Override
      public void failed(Throwable error, @Nullable Object attachment) {
        function.accept(null, error);
      }
    };
  }

  /** Calls a function with the error, if there is one. */
  static <V> CompletionHandler<V, Object> onFailure(Consumer<Throwable> function) {
    return of(
        (value, error) -> {
          if (error != null) {
            function.accept(error);
          }
        });
  }

  /** Throws an unchecked exception or an error. */
  static void sneak(Throwable thrown) {
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    }
    throw (Error) thrown;
  }
}
