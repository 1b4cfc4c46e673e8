package io.weir.internal.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.TlsException;
import io.weir.TlsSide;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.TlsOverWire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server that refuses a handshake tells the client by an alert (RFC 8446, section 6.2), also when
 * its engine has none: on JDK 17, when a delegated task has thrown.
 */
@Tag(Multiplicity.TAG)
class TlsAlertsTest {

  private static final int HEADER = 5; // of a record
  private static final int ALERT = 21;
  private static final int ENCRYPTED = 23; // an alert behind the server's hello
  private static final int FATAL = 2;
  private static final byte[] X25519_SHARE = {0, 0x1d, 0, 32}; // group and length of the key

  private static byte[] clientHello(String protocol) throws SSLException {
    SSLEngine client = TlsOverWire.clientEngine(protocol);
    ByteBuffer hello = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
    client.beginHandshake();
    client.wrap(ByteBuffer.allocate(0), hello);
    byte[] bytes = new byte[hello.flip().remaining()];
    hello.get(bytes);
    return bytes;
  }

  /** The records that a server sends in answer to a hello; empty when it waits for more. */
  private static List<byte[]> answersTo(byte[] hello) {
    TlsOverWire pair = TlsOverWire.inTheClear();
    CompletableFuture<Void> secured =
        pair.server().writer().startTls(TlsOverWire.SERVER, TlsSide.SERVER);
    pair.wire().right().arrive(hello);
    List<byte[]> records = records(pair.wire().right().sent());
    if (secured.isDone()) {
      Deadline.failure(TlsException.class, secured);
      assertTrue(!records.isEmpty(), "ended without a word");
      byte last = records.get(records.size() - 1)[0];
      assertTrue(last == ALERT || last == ENCRYPTED, () -> "the last record: " + last);
      assertEquals(0, pair.timers().waiting());
    } else {
      pair.server().writer().transport().abort();
    }
    return records;
  }

  private static List<byte[]> records(byte[] sent) {
    List<byte[]> records = new ArrayList<>();
    ByteBuffer left = ByteBuffer.wrap(sent);
    while (left.hasRemaining()) {
      int length = HEADER + Short.toUnsignedInt(left.getShort(left.position() + HEADER - 2));
      byte[] record = new byte[length];
      left.get(record);
      records.add(record);
    }
    return records;
  }

  private static void assertFatalAlert(List<byte[]> records) {
    assertEquals(1, records.size());
    assertEquals(ALERT, records.get(0)[0]);
    assertEquals(FATAL, records.get(0)[HEADER]);
  }

  @Test
  void a_length_of_the_cipher_suites_beyond_the_end_is_answered_by_an_alert() throws Exception {
    byte[] hello = clientHello("TLSv1.3");
    int sessionId = HEADER + 4 + 2 + 32;
    int suites = sessionId + 1 + hello[sessionId];
    hello[suites] = (byte) 0xfe;
    hello[suites + 1] = 0x5f; // 65,119

    assertFatalAlert(answersTo(hello));
  }

  @Test
  void a_share_of_zeros_is_answered_by_an_alert() throws Exception {
    byte[] hello = clientHello("TLSv1.3");
    int share = indexOf(X25519_SHARE, hello);
    for (int i = 0; i < 32; i++) {
      hello[share + X25519_SHARE.length + i] = 0;
    }

    List<byte[]> records = answersTo(hello); // behind the server's own hello, on some JDKs
    assertFatalAlert(records.subList(records.size() - 1, records.size()));
  }

  private static int indexOf(byte[] wanted, byte[] bytes) {
    return IntStream.range(0, bytes.length - wanted.length)
        .filter(i -> ByteBuffer.wrap(bytes, i, wanted.length).equals(ByteBuffer.wrap(wanted)))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void no_hello_with_a_changed_byte_is_refused_without_a_word(String protocol) throws Exception {
    byte[] hello = clientHello(protocol);
    List<Integer> places =
        Multiplicity.sample(IntStream.range(HEADER, hello.length).boxed().toList());
    int refused = 0;
    for (int place : places) {
      for (byte change : new byte[] {0, (byte) 0xff, (byte) (hello[place] + 1)}) {
        byte[] changed = hello.clone();
        changed[place] = change;
        List<byte[]> records = answersTo(changed);
        refused += !records.isEmpty() && records.get(0)[0] == ALERT ? 1 : 0;
      }
    }

    System.out.printf(
        "TLS hello with a changed byte: %s, %d places, refused: %d%n",
        protocol, places.size(), refused);
    assertTrue(refused > 0);
  }
}
