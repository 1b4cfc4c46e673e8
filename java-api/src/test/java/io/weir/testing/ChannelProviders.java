package io.weir.testing;

import io.weir.RuntimeOptions;
import io.weir.channels.SelectorChannelProvider;
import io.weir.internal.channel.SelectorChannelGroup;
import io.weir.internal.concurrent.IoThread;
import java.nio.channels.spi.AsynchronousChannelProvider;
import org.smartboot.socket.enhance.EnhanceAsynchronousChannelProvider;

/** The providers of channels that streams are tested on. */
public enum ChannelProviders {
  SELECTOR_LOOPS(new SelectorChannelProvider()),
  JDK(AsynchronousChannelProvider.provider()),
  SMART_SOCKET(new EnhanceAsynchronousChannelProvider(/* lowMemory= */ false));

  @SuppressWarnings("ImmutableEnumChecker") // a provider has no state that tests change
  private final AsynchronousChannelProvider provider;

  ChannelProviders(AsynchronousChannelProvider provider) {
    this.provider = provider;
  }

  public AsynchronousChannelProvider provider() {
    return provider;
  }

  /** The same options, with this provider. */
  public RuntimeOptions in(RuntimeOptions options) {
    return options.withChannelProvider(provider);
  }

  /** A group of selector loops, whose threads have names that begin so. */
  public static SelectorChannelGroup selectors(String names, int threads) {
    return new SelectorChannelGroup(
        SELECTOR_LOOPS.provider,
        threads,
        IoThread.factory(names + "-io"),
        IoThread.factory(names + "-acceptor"));
  }
}
