package io.weir.contract;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class UnixStreamContractTest extends StreamContract {

  @TempDir Path directory;

  @Override
  Ends openPair(int limit) {
    Path path = directory.resolve("s");
    return Ends.of(
        (handler, options) -> AsyncStreams.startUnixServer(handler, path, options),
        server -> AsyncStreams.openUnixConnection(path, ConnectOptions.DEFAULTS.withLimit(limit)),
        limit);
  }

  @Override
  String kind() {
    return "unix ";
  }
}
