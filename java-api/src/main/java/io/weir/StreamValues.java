package io.weir;

import io.weir.internal.stream.ConnectionSettings;
import io.weir.internal.stream.Timeouts;
import java.net.SocketOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Holds the option values that {@link ConnectOptions} and {@link ServerOptions} share, each with
 * its default.
 *
 * <p>The fields are mutable so that a {@code with} method can change one of them in a fresh copy.
 * Once an options object holds the copy, nothing writes to it, so all threads may read it.
 */
abstract class StreamValues implements Cloneable {

  int limit = StreamReader.DEFAULT_LIMIT;
  @Nullable Executor callbackExecutor;
  @Nullable TlsOptions tls;
  @Nullable Duration idleTimeout;
  @Nullable Duration readTimeout;
  @Nullable Duration writeTimeout;
  Map<SocketOption<?>, Object> socketOptions = Map.of(); // replaced as a whole, never modified
  @Nullable ConnectionObserver observer;
  @Nullable AsyncRuntime runtime;

  /** Copies the values. The copy is shallow, because every value is immutable or shared. */
  @Override
  public StreamValues clone() {
    try {
      return (StreamValues) super.clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError("StreamValues is Cloneable", e);
    }
  }

  /** Replaces the map of socket options by one that also has {@code option}. */
  <T> void setSocketOption(SocketOption<T> option, T value) {
    Map<SocketOption<?>, Object> all = new LinkedHashMap<>(socketOptions);
    all.put(Objects.requireNonNull(option, "option"), Objects.requireNonNull(value, "value"));
    socketOptions = all;
  }

  /** Returns the timeouts of an open connection. */
  Timeouts timeouts() {
    return new Timeouts(idleTimeout, readTimeout, writeTimeout);
  }

  /** Returns the settings of a connection, with the defaults of the runtime. */
  ConnectionSettings connectionSettings() {
    Executor executor = runtimeOrShared().io().callbackExecutorOr(callbackExecutor);
    return new ConnectionSettings(limit, executor, timeouts());
  }

  /** Returns the runtime that was set, or the shared runtime. */
  AsyncRuntime runtimeOrShared() {
    return runtime == null ? AsyncRuntime.shared() : runtime;
  }
}
