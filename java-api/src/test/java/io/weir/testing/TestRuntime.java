package io.weir.testing;

import io.weir.AsyncRuntime;
import io.weir.ConnectOptions;
import io.weir.RuntimeOptions;
import io.weir.ServerOptions;

/**
 * The runtime of the tests that run on every provider of channels, which have the tag {@code
 * channels}. The property {@code weir.test.provider} names a constant of {@link ChannelProviders}.
 * Without it, this is the shared runtime.
 */
public final class TestRuntime {

  private static final String PROVIDER = System.getProperty("weir.test.provider", "");

  private static final AsyncRuntime RUNTIME = PROVIDER.isEmpty() ? AsyncRuntime.shared() : create();

  private TestRuntime() {}

  /** Creates another runtime on the same provider, which the test closes. */
  public static AsyncRuntime create() {
    return AsyncRuntime.create(
        PROVIDER.isEmpty()
            ? RuntimeOptions.DEFAULTS
            : ChannelProviders.valueOf(PROVIDER).in(RuntimeOptions.DEFAULTS));
  }

  /** Returns the options with this runtime, unless the test has set another one. */
  public static ConnectOptions in(ConnectOptions options) {
    return options.runtime() == AsyncRuntime.shared() ? options.withRuntime(RUNTIME) : options;
  }

  /** Returns the options with this runtime, unless the test has set another one. */
  public static ServerOptions in(ServerOptions options) {
    return options.runtime() == AsyncRuntime.shared() ? options.withRuntime(RUNTIME) : options;
  }
}
