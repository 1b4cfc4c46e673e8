package io.weir.benchmarks.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.testing.Multiplicity;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;

/** A server that is wrong would be measured for nothing. */
class ContenderTest {

  private static final int BATCHES = 100;
  private static final int BATCH = 10;
  private static final int DEADLINE = 40_000; // milliseconds

  @ParameterizedTest
  @EnumSource
  void a_server_sends_back_a_thousand_messages(Contender contender) throws Exception {
    assumeRuns(contender);
    try (RunningServer server =
        contender.start(setup(contender.work(), null, Dispatcher.UNCONFINED))) {
      echoes(server, SocketFactory.getDefault());
    }
  }

  /** Those that speak TLS; a part by default. */
  static List<Contender> withTls() {
    return Multiplicity.ends(
        List.of(
            Contender.WEIR_JAVA,
            Contender.WEIR_JAVA_AIO,
            Contender.WEIR_JAVA_SMART,
            Contender.WEIR_KOTLIN,
            Contender.NETTY_NIO,
            Contender.NETTY_EPOLL,
            Contender.VERTX));
  }

  @ParameterizedTest
  @Tag(Multiplicity.TAG)
  @MethodSource("withTls")
  void a_server_sends_back_a_thousand_messages_over_tls(
      Contender contender, @TempDir Path directory) throws Exception {
    assumeRuns(contender);
    CertificateAuthority authority = CertificateAuthority.create("Benchmarks");
    Issued issued = authority.issue();
    Tls tls = new Tls(issued.chainPem(directory), issued.keyPem(directory));
    try (RunningServer server = contender.start(setup(Work.ECHO, tls, Dispatcher.UNCONFINED))) {
      echoes(server, authority.clientContext().getSocketFactory());
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_server_in_kotlin_sends_back_a_thousand_messages_on_any_dispatcher(Dispatcher dispatcher)
      throws Exception {
    try (RunningServer server = Contender.WEIR_KOTLIN.start(setup(Work.ECHO, null, dispatcher))) {
      echoes(server, SocketFactory.getDefault());
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.MATCH_NONE,
      names = {".*_LINES", ".*_TRANSFER"})
  void a_sink_takes_everything_and_ends_when_its_client_has_ended(Contender contender)
      throws Exception {
    assumeRuns(contender);
    try (RunningServer server = contender.start(setup(Work.SINK, null, Dispatcher.UNCONFINED));
        Socket socket = connect(server, SocketFactory.getDefault())) {
      socket.getOutputStream().write(new byte[1024 * 1024]);
      socket.shutdownOutput();
      assertEquals(-1, socket.getInputStream().read());
    }
  }

  static Stream<Contender> forwarders() {
    return Stream.of(Contender.values()).filter(contender -> contender.can(Work.FORWARD));
  }

  @ParameterizedTest
  @MethodSource("forwarders")
  void a_forwarder_sends_everything_on_and_closes_when_its_client_has_ended(Contender contender)
      throws Exception {
    assumeRuns(contender);
    byte[] sent = new byte[1024 * 1024];
    new Random(1).nextBytes(sent);
    try (ServerSocket target = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RunningServer server =
            contender.start(
                new Setup(0, 2, Work.FORWARD, null, target.getLocalPort(), Dispatcher.UNCONFINED));
        Socket client = connect(server, SocketFactory.getDefault())) {
      target.setSoTimeout(DEADLINE);
      CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> sendAll(client, sent));
      try (Socket received = target.accept()) {
        received.setSoTimeout(DEADLINE);
        assertArrayEquals(sent, received.getInputStream().readAllBytes());
      }
      sending.get(DEADLINE, TimeUnit.MILLISECONDS);
    }
  }

  private static void sendAll(Socket client, byte[] bytes) {
    try {
      client.getOutputStream().write(bytes);
      client.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assumeRuns(Contender contender) {
    assumeTrue(contender != Contender.NETTY_EPOLL || Epoll.isAvailable(), "epoll is of Linux");
  }

  private static Setup setup(Work work, @Nullable Tls tls, Dispatcher dispatcher) {
    return new Setup(0, 2, work, tls, 0, dispatcher);
  }

  private static Socket connect(RunningServer server, SocketFactory factory) throws Exception {
    Socket socket = factory.createSocket(Setup.HOST, server.port());
    socket.setSoTimeout(DEADLINE);
    return socket;
  }

  private static void echoes(RunningServer server, SocketFactory factory) throws Exception {
    try (Socket socket = connect(server, factory)) {
      OutputStream out = socket.getOutputStream();
      InputStream in = socket.getInputStream();
      for (int batch = 0; batch < BATCHES; batch++) {
        String messages = messages(batch);
        out.write(messages.getBytes(US_ASCII));
        assertEquals(messages, new String(in.readNBytes(messages.length()), US_ASCII));
      }
    }
  }

  private static String messages(int batch) {
    StringBuilder messages = new StringBuilder();
    for (int i = 0; i < BATCH; i++) {
      messages.append("message ").append(batch * BATCH + i).append('\n');
    }
    return messages.toString();
  }
}
