package io.weir.contract;

import io.weir.MemoryStreams;

class MemoryStreamContractTest extends StreamContract {

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
