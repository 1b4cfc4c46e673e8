package io.weir;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class UnixStreamSuiteTest extends StreamSuite {

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
