package io.weir.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.CloseReason;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.certificates.Leaf;
import io.weir.certificates.TlsProvider;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.Multiplicity;
import io.weir.testing.Tasks;
import io.weir.testing.Texts;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Engines of TLS by several providers, as client and server, beside each other. */
@Tag(Multiplicity.TAG)
class TlsProvidersTest {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final Issued SERVER = AUTHORITY.issue();
  private static final int MUCH = 1024 * 1024;

  static Stream<Arguments> pairs() {
    return Arrays.stream(TlsProvider.values())
        .flatMap(
            server ->
                Arrays.stream(TlsProvider.values())
                    .flatMap(
                        client ->
                            Stream.of("TLSv1.3", "TLSv1.2")
                                .filter(protocol -> isTried(server, client, protocol))
                                .map(protocol -> Arguments.of(server, client, protocol))));
  }

  private static boolean isTried(TlsProvider server, TlsProvider client, String protocol) {
    boolean withJdk = server == TlsProvider.JDK || client == TlsProvider.JDK;
    return Multiplicity.isAll() || (withJdk && protocol.equals("TLSv1.3"));
  }

  private static CompletableFuture<Void> echo(StreamReader reader, StreamWriter writer) {
    return reader
        .readExactly(MUCH)
        .thenAccept(writer::write)
        .thenCompose(written -> reader.read())
        .thenAccept(end -> writer.close());
  }

  private static TlsOptions client(TlsProvider provider) {
    return TlsOptions.of(AUTHORITY.clientContext(provider));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void an_echo_gives_everything_back_and_both_ends_close_in_order(
      TlsProvider server, TlsProvider client, String protocol) {
    TlsOptions offered = TlsOptions.of(SERVER.serverContext(server)).withProtocols(protocol);
    Server started =
        Loopback.serve(TlsProvidersTest::echo, ServerOptions.DEFAULTS.withTls(offered));
    StreamConnection connection =
        Loopback.connect(Loopback.port(started), ConnectOptions.DEFAULTS.withTls(client(client)));
    assertEquals(protocol, connection.writer().getExtraInfo(ExtraInfo.TLS_PROTOCOL));

    byte[] sent = Texts.noise(MUCH, 17);
    CompletableFuture<byte[]> back = connection.reader().readExactly(MUCH);
    connection.writer().write(sent);

    assertArrayEquals(sent, Deadline.get(back));
    connection.writer().close();
    assertNull(Deadline.get(connection.writer().waitClosed()));
    assertEquals(CloseReason.Kind.CLOSED, connection.writer().closeReason().kind());
    Loopback.end(started);
  }

  /** An engine of BouncyCastle decrypts no close_notify behind its own: EOF must come instead. */
  @ParameterizedTest
  @MethodSource("closers")
  void ends_that_close_in_the_same_instant_do_not_wait_for_each_other(
      TlsProvider provider, String protocol) {
    TlsOptions offered = TlsOptions.of(SERVER.serverContext(provider)).withProtocols(protocol);
    BlockingQueue<StreamWriter> accepted = new LinkedBlockingQueue<>();
    Server started =
        Loopback.serve(
            ConnectionHandler.of((reader, writer) -> accepted.add(writer)),
            ServerOptions.DEFAULTS.withTls(offered));
    ConnectOptions options = ConnectOptions.DEFAULTS.withTls(client(provider));
    for (int round = 0; round < 3; round++) {
      StreamWriter one = Loopback.connect(Loopback.port(started), options).writer();
      StreamWriter other = Deadline.get(Tasks.start(accepted::take));
      long start = System.nanoTime();
      Future<Void> closing =
          Tasks.start(
              () -> {
                other.close();
                return null;
              });
      one.close();
      Deadline.get(closing);

      assertNull(Deadline.get(one.waitClosed()));
      assertNull(Deadline.get(other.waitClosed()));
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      assertTrue(millis < 900, () -> "they closed after " + millis + " ms");
    }
    Loopback.end(started);
  }

  static Stream<Arguments> closers() {
    return Arrays.stream(TlsProvider.values())
        .flatMap(
            provider ->
                Stream.of("TLSv1.3", "TLSv1.2").map(protocol -> Arguments.of(provider, protocol)));
  }

  @ParameterizedTest
  @EnumSource
  void a_certificate_for_another_name_is_refused(TlsProvider client) {
    Issued other = AUTHORITY.issue(Leaf.DEFAULTS.withNames("other.test"));
    TlsOptions offered = TlsOptions.of(other.serverContext(TlsProvider.JDK));
    Server started =
        Loopback.serve(TlsProvidersTest::echo, ServerOptions.DEFAULTS.withTls(offered));

    TlsException refused =
        Deadline.failure(
            TlsException.class,
            AsyncStreams.openConnection(
                "localhost",
                Loopback.port(started),
                ConnectOptions.DEFAULTS.withTls(client(client))));

    assertEquals(TlsFailure.WRONG_HOST, refused.failure(), refused::getMessage);
    Loopback.end(started);
  }
}
