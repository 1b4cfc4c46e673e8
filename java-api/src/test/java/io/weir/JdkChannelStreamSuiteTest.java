package io.weir;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** TCP on the JDK's asynchronous channels. */
class JdkChannelStreamSuiteTest extends StreamSuite {

  private static AsyncRuntime runtime;

  @BeforeAll
  static void create() {
    runtime =
        AsyncRuntime.create(
            RuntimeOptions.DEFAULTS
                .withThreadNames("jdk")
                .withTcpImplementation(TcpImplementation.JDK_CHANNELS));
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
