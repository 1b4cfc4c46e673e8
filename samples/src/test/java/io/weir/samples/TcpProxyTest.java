package io.weir.samples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Multiplicity;
import io.weir.testing.Program;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TcpProxyTest {

  private static final InetAddress LOCAL = InetAddress.getLoopbackAddress();

  private static Program proxyTo(int port, Lang lang) throws IOException {
    return SampleProgram.start("tcp-proxy", "--lang", lang.toString(), "0", String.valueOf(port));
  }

  @EachLanguage
  void a_hundred_thousand_lines_between_asyncio_programs_arrive_in_order(Lang lang)
      throws Exception {
    try (Program receiver = Program.python("receive_lines.py");
        Program proxy = proxyTo(Integer.parseInt(receiver.line()), lang);
        Program sender = Program.python("send_lines.py", "127.0.0.1", proxy.port(), 100_000)) {
      assertEquals(List.of("100000 lines in order"), sender.restOfLines());
      assertEquals(0, sender.exitCode());
      assertEquals(0, receiver.exitCode());
    }
  }

  @EachLanguage
  void the_end_of_one_direction_is_passed_on_while_the_other_goes_on(Lang lang) throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 1, LOCAL);
        Program proxy = proxyTo(listening.getLocalPort(), lang);
        Socket client = connect(proxy.port());
        Socket target = accept(listening)) {
      client.getOutputStream().write("question".getBytes(UTF_8));
      client.shutdownOutput();
      assertEquals("question", new String(target.getInputStream().readAllBytes(), UTF_8));
      target.getOutputStream().write("answer".getBytes(UTF_8));
      target.shutdownOutput();
      assertEquals("answer", new String(client.getInputStream().readAllBytes(), UTF_8));
    }
  }

  @EachLanguage
  void a_target_that_refuses_closes_the_client_and_the_proxy_goes_on(Lang lang) throws Exception {
    try (Socket bound = new Socket()) { // has the port, but does not listen
      bound.bind(new InetSocketAddress(LOCAL, 0));
      try (Program proxy = proxyTo(bound.getLocalPort(), lang)) {
        int port = proxy.port();
        for (int attempt = 0; attempt < 2; attempt++) {
          try (Socket client = connect(port)) {
            assertEquals(-1, client.getInputStream().read());
            String error = proxy.errorLine();
            assertTrue(error.contains("127.0.0.1:" + client.getLocalPort() + ": "), error);
            assertTrue(error.contains("Connection refused"), error);
          }
        }
      }
    }
  }

  /** Each language with each side that breaks off; a part by default. */
  static List<Arguments> errors() {
    return Multiplicity.ends(
        Stream.of(Lang.values())
            .flatMap(lang -> Stream.of(true, false).map(client -> Arguments.of(lang, client)))
            .toList());
  }

  @ParameterizedTest
  @Tag(Multiplicity.TAG)
  @MethodSource("errors")
  void an_error_on_either_side_aborts_both(Lang lang, boolean clientBreaksOff) throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 1, LOCAL);
        Program proxy = proxyTo(listening.getLocalPort(), lang);
        Socket client = connect(proxy.port());
        Socket target = accept(listening)) {
      Socket breaking = clientBreaksOff ? client : target;
      Socket staying = clientBreaksOff ? target : client;
      breaking.getOutputStream().write(1);
      assertEquals(1, staying.getInputStream().read());
      breaking.setSoLinger(true, 0); // a reset instead of an orderly close
      breaking.close();
      // An orderly close would leave the other direction open for all of these bytes.
      byte[] block = new byte[64 * 1024];
      assertThrows(
          IOException.class,
          () -> {
            for (int i = 0; i < 10_000; i++) {
              staying.getOutputStream().write(block);
            }
          });
    }
  }

  @EachLanguage
  void far_more_than_the_heap_to_a_slow_reader_needs_little_memory(Lang lang) throws Exception {
    List<String> smallHeap = List.of("-Xmx64m", "-XX:MaxDirectMemorySize=16m");
    try (ServerSocketChannel listening = ServerSocketChannel.open()) {
      listening.bind(new InetSocketAddress(LOCAL, 0));
      String target = String.valueOf(listening.socket().getLocalPort());
      String[] args = {"tcp-proxy", "--lang", lang.toString(), "0", target};
      try (Program proxy = SampleProgram.startWith(smallHeap, args);
          SocketChannel source = SocketChannel.open(new InetSocketAddress(LOCAL, proxy.port()));
          SocketChannel sink = listening.accept()) {
        assertTrue(
            new SlowTransfer(Multiplicity.isAll() ? 1L << 30 : 1L << 27).run(source, sink) > 0,
            "no pause stopped the source");
      }
    }
  }

  private static Socket connect(int port) throws IOException {
    return withDeadline(new Socket(LOCAL, port));
  }

  private static Socket accept(ServerSocket listening) throws IOException {
    listening.setSoTimeout((int) TimeUnit.SECONDS.toMillis(Program.DEADLINE_SECONDS));
    return withDeadline(listening.accept());
  }

  private static Socket withDeadline(Socket socket) throws IOException {
    socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(Program.DEADLINE_SECONDS));
    return socket;
  }
}
