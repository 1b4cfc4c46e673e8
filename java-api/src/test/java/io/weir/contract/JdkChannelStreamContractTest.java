package io.weir.contract;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.RuntimeOptions;
import io.weir.testing.ChannelProviders;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** TCP on the JDK's asynchronous channels. */
class JdkChannelStreamContractTest extends StreamContract {

  private static AsyncRuntime runtime;

  @BeforeAll
  static void create() {
    runtime =
        AsyncRuntime.create(
            ChannelProviders.JDK.in(RuntimeOptions.DEFAULTS.withThreadNames("jdk")));
  }

  @AfterAll
  static void close() {
    runtime.close();
  }

  @Override
  Ends openPair(int limit) {
    return Ends.of(
        (handler, options) ->
            AsyncStreams.startServer(handler, "127.0.0.1", 0, options.withRuntime(runtime)),
        server -> {
          InetSocketAddress address = (InetSocketAddress) server.sockets().get(0).localAddress();
          return AsyncStreams.openConnection(
              "127.0.0.1",
              address.getPort(),
              ConnectOptions.DEFAULTS.withLimit(limit).withRuntime(runtime));
        },
        limit);
  }

  @Override
  String kind() {
    return "tcp ";
  }
}
