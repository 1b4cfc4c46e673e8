package io.weir.contract;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import java.net.InetSocketAddress;

class TcpStreamContractTest extends StreamContract {

  @Override
  Ends openPair(int limit) {
    return Ends.of(
        (handler, options) -> AsyncStreams.startServer(handler, "127.0.0.1", 0, options),
        server -> {
          InetSocketAddress address = (InetSocketAddress) server.sockets().get(0).localAddress();
          return AsyncStreams.openConnection(
              "127.0.0.1", address.getPort(), ConnectOptions.DEFAULTS.withLimit(limit));
        },
        limit);
  }

  @Override
  String kind() {
    return "tcp ";
  }
}
