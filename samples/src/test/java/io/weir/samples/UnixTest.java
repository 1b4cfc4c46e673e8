package io.weir.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.weir.testing.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The samples over Unix domain sockets. */
class UnixTest {

  @TempDir private Path folder;
  private String path;
  private String user;

  @BeforeEach
  void findOutWhoTestsWhere() throws IOException {
    path = folder.resolve("socket").toString();
    user = Files.getOwner(folder).getName();
  }

  private Program sample(String name, Lang lang) throws IOException {
    return SampleProgram.start(name, "--lang", lang.toString(), "--unix", path);
  }

  private void assertEchoes(Program server) throws Exception {
    assertEquals("Serving on " + path, server.line());
    for (String message : List.of("Hello World!", "once more")) {
      try (Program client = Program.python("unix_echo_client.py", path, message)) {
        assertEquals(List.of("Received: '" + message + "'"), client.restOfLines());
        assertEquals(0, client.exitCode());
      }
      assertEquals("Received '" + message + "' from " + user, server.line());
      assertEquals("Send: '" + message + "'", server.line());
      assertEquals("Close the connection", server.line());
    }
  }

  @EachLanguage
  void the_echo_server_answers_asyncio_clients_and_knows_their_user(Lang lang) throws Exception {
    try (Program server = sample("echo-server", lang)) {
      assertEchoes(server);
    }
  }

  @EachLanguage
  void the_echo_server_serves_on_a_socket_that_it_has_inherited_also_when_restarted(Lang lang)
      throws Exception {
    List<String> command =
        SampleProgram.command("echo-server", "--lang", lang.toString(), "--inherited");
    Object[] args = Stream.concat(Stream.of(path), command.stream()).toArray();
    try (Program server = Program.python("activate.py", args)) {
      assertEchoes(server);
      server.type("restart\n");
      assertEchoes(server);
    }
  }

  @EachLanguage
  void an_echo_server_that_has_inherited_nothing_says_so(Lang lang) throws Exception {
    try (Program server =
        SampleProgram.start("echo-server", "--lang", lang.toString(), "--inherited")) {
      assertEquals("weir-samples: standard input is not a listening socket", server.errorLine());
      assertEquals(1, server.exitCode());
    }
  }

  @EachLanguage
  void the_echo_client_gets_its_answer_from_an_asyncio_server(Lang lang) throws Exception {
    try (Program server = Program.python("unix_echo_server.py", path)) {
      assertEquals(path, server.line());
      try (Program client = sample("echo-client", lang)) {
        assertEquals(
            List.of("Send: 'Hello World!'", "Received: 'Hello World!'", "Close the connection"),
            client.restOfLines());
        assertEquals(0, client.exitCode());
      }
      assertEquals("Received 'Hello World!'", server.line());
    }
  }

  @EachLanguage
  void asyncio_clients_chat_under_the_name_of_their_user(Lang lang) throws Exception {
    try (Program server = sample("chat-server", lang)) {
      assertEquals("Serving on " + path, server.line());
      try (Program guests = Program.python("unix_chat.py", path, "hello")) {
        assertEquals(
            List.of("Welcome, " + user, "Welcome, " + user, user + ": hello"),
            guests.restOfLines());
      }
    }
  }

  @EachLanguage
  void lines_between_asyncio_programs_pass_a_unix_socket_between_two_proxies(Lang lang)
      throws Exception {
    String unix = "unix:" + path;
    try (Program receiver = Program.python("receive_lines.py");
        Program second =
            SampleProgram.start(
                "tcp-proxy",
                "--lang",
                lang.toString(),
                "--unix",
                path.toString(),
                receiver.line())) {
      second.lineAfter("Proxying " + path + " -> 127.0.0.1:");
      try (Program first = SampleProgram.start("tcp-proxy", "--lang", lang.toString(), "0", unix);
          Program sender = Program.python("send_lines.py", "127.0.0.1", first.port(), 10_000)) {
        assertEquals(List.of("10000 lines in order"), sender.restOfLines());
        assertEquals(0, receiver.exitCode());
      }
    }
  }

  @EachLanguage
  void waiting_for_data_ends_with_the_data_and_leaves_no_file(Lang lang) throws Exception {
    List<String> files = List.of("-Djava.io.tmpdir=" + folder);
    String[] args = {"wait-for-data", "--lang", lang.toString()};
    try (Program sample = SampleProgram.startWith(files, args)) {
      assertEquals(List.of("Received: abc"), sample.restOfLines());
      assertEquals(0, sample.exitCode());
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertFalse(left.findAny().isPresent());
    }
  }
}
