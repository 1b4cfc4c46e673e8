package io.weir.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.testing.Program;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EchoTest {

  @EachLanguage
  void the_echo_demo_shows_the_conversation(Lang lang) throws Exception {
    try (Program demo = SampleProgram.start("echo-demo", "--lang", lang.toString())) {
      demo.lineAfter("A client in " + (lang == Lang.JAVA ? "Java" : "Kotlin") + " talks to");
      assertEquals("client: Send: 'Hello World!'", demo.line());
      demo.lineAfter("server: Received 'Hello World!' from 127.0.0.1:");
      assertEquals("server: Send: 'Hello World!'", demo.line());
      List<String> end = demo.restOfLines().stream().sorted().toList();
      assertEquals(
          List.of(
              "client: Close the connection",
              "client: Received: 'Hello World!'",
              "server: Close the connection"),
          end);
      assertEquals(0, demo.exitCode());
    }
  }

  @EachLanguage
  void the_echo_server_answers_one_asyncio_client_after_another(Lang lang) throws Exception {
    try (Program server =
        SampleProgram.start("echo-server", "--lang", lang.toString(), "--port", "0")) {
      int port = server.port();
      for (String message : List.of("Hello World!", "once more")) {
        try (Program client = Program.python("tcp_echo_client.py", "127.0.0.1", port, message)) {
          assertEquals(
              List.of(
                  "Send: '" + message + "'", "Received: '" + message + "'", "Close the connection"),
              client.restOfLines());
          assertEquals(0, client.exitCode());
        }
        server.lineAfter("Received '" + message + "' from 127.0.0.1:");
        assertEquals("Send: '" + message + "'", server.line());
        assertEquals("Close the connection", server.line());
      }
    }
  }

  @EachLanguage
  void the_echo_client_gets_its_answer_from_an_asyncio_server(Lang lang) throws Exception {
    try (Program server = Program.python("tcp_echo_server.py")) {
      String port = server.line();
      try (Program client =
          SampleProgram.start(
              "echo-client", "--lang", lang.toString(), "--port", port, "--message", "Hi there")) {
        assertEquals(
            List.of("Send: 'Hi there'", "Received: 'Hi there'", "Close the connection"),
            client.restOfLines());
        assertEquals(0, client.exitCode());
      }
      assertEquals("Received 'Hi there'", server.line());
    }
  }

  @Test
  void the_blocking_client_and_the_blocking_server_show_the_same_conversation() throws Exception {
    String[] await = {"--lang", "java", "--style", "await", "--port"};
    try (Program server = SampleProgram.start(with("echo-server", await, "0"));
        Program client =
            SampleProgram.start(with("echo-client", await, String.valueOf(server.port())))) {
      assertEquals(
          List.of("Send: 'Hello World!'", "Received: 'Hello World!'", "Close the connection"),
          client.restOfLines());
      assertEquals(0, client.exitCode());
      server.lineAfter("Received 'Hello World!' from 127.0.0.1:");
      assertEquals("Send: 'Hello World!'", server.line());
      assertEquals("Close the connection", server.line());
    }
  }

  private static String[] with(String command, String[] options, String port) {
    return Stream.of(Stream.of(command), Stream.of(options), Stream.of(port))
        .flatMap(part -> part)
        .toArray(String[]::new);
  }
}
