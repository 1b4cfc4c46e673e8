package io.weir.internal.channel;

import io.weir.certificates.KeyKind;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** TLS keeps the contract of channels, whatever it lies on. */
@Tag("tls")
@Tag("tls-contract")
class TlsContractTest {

  private static final String TLS12 = "TLSv1.2";
  private static final String TLS13 = "TLSv1.3";

  private static List<AsyncByteChannel> memory() {
    MemoryChannel.Pair pair = MemoryChannel.pair(100_000);
    return List.of(pair.left(), pair.right()); // room for what one write encrypts
  }

  private static List<AsyncByteChannel> byteByByte(List<AsyncByteChannel> pair) {
    return pair.stream().<AsyncByteChannel>map(OneByteChannel::new).toList();
  }

  abstract static class TlsContract extends AsyncByteChannelContract {

    @Override
    boolean halfCloses() {
      return false;
    }

    @Override
    void assertNothingIsLeft() throws Exception {
      // the channels underneath say that, where there is something to be left
    }
  }

  abstract static class OverTcp extends TlsContract {

    final TcpGroup group;

    OverTcp() throws Exception {
      group = new TcpGroup();
    }

    @Override
    void assertNothingIsLeft() throws Exception {
      group.assertNothingIsOpen();
    }
  }

  @Nested
  class Tls13OverTcp extends OverTcp {

    Tls13OverTcp() throws Exception {}

    @Override
    List<AsyncByteChannel> openPair() throws Exception {
      return new TlsPairs(TLS13, KeyKind.EC).over(group.pair());
    }
  }

  @Nested
  class Tls12OverTcp extends OverTcp {

    Tls12OverTcp() throws Exception {}

    @Override
    List<AsyncByteChannel> openPair() throws Exception {
      return new TlsPairs(TLS12, KeyKind.RSA).over(group.pair());
    }
  }

  @Nested
  class Tls13OverMemory extends TlsContract {

    @Override
    List<AsyncByteChannel> openPair() throws Exception {
      return new TlsPairs(TLS13, KeyKind.RSA).over(memory());
    }
  }

  @Nested
  @Tag("matrix")
  class Tls12OverMemory extends TlsContract {

    @Override
    List<AsyncByteChannel> openPair() throws Exception {
      return new TlsPairs(TLS12, KeyKind.EC).over(memory());
    }
  }

  @Nested
  class Tls13OneByteAtATime extends TlsContract {

    @Override
    List<AsyncByteChannel> openPair() throws Exception {
      return new TlsPairs(TLS13, KeyKind.EC).over(byteByByte(memory()));
    }

    @Override
    int volume() {
      return 32 * 1024;
    }
  }

  @Nested
  @Tag("matrix")
  class Tls12OneByteAtATime extends TlsContract {

    @Override
    List<AsyncByteChannel> openPair() throws Exception {
      return new TlsPairs(TLS12, KeyKind.EC).over(byteByByte(memory()));
    }

    @Override
    int volume() {
      return 32 * 1024;
    }
  }

  @Nested
  @Tag("matrix")
  class Tls13InTls12 extends OverTcp {

    Tls13InTls12() throws Exception {}

    @Override
    List<AsyncByteChannel> openPair() throws Exception {
      List<AsyncByteChannel> inner = new TlsPairs(TLS12, KeyKind.EC).over(group.pair());
      return new TlsPairs(TLS13, KeyKind.EC).over(inner);
    }
  }

  @Nested
  @Tag("matrix")
  class Tls13InTls13 extends TlsContract {

    @Override
    List<AsyncByteChannel> openPair() throws Exception {
      List<AsyncByteChannel> inner = new TlsPairs(TLS13, KeyKind.EC).over(memory());
      return new TlsPairs(TLS13, KeyKind.EC).over(inner);
    }
  }

  @Nested
  @Tag("matrix")
  class Tls13OverUnix extends TlsContract {

    @TempDir Path directory;

    @Override
    List<AsyncByteChannel> openPair() throws Exception {
      AsyncServerChannel server = SelectorSockets.listenIn(directory);
      return new TlsPairs(TLS13, KeyKind.EC)
          .over(SelectorSockets.pair(server, () -> SelectorSockets.connectFrom(directory, server)));
    }

    @Override
    void assertNothingIsLeft() {
      SelectorSockets.assertNothingIsOpen();
    }
  }
}
