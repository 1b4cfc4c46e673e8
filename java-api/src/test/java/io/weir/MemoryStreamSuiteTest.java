package io.weir;

class MemoryStreamSuiteTest extends StreamSuite {

  @Override
  Ends openPair(int limit) {
    MemoryStreams.Pair pair = MemoryStreams.pair(limit);
    return new Ends(pair.first(), pair.second());
  }

  @Override
  String kind() {
    return "memory-";
  }
}
