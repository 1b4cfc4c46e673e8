package io.weir.samples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.weir.testing.Program;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

class ChatServerTest {

  private static final int LINES = 60; // of 10,000 characters: more than the kernel keeps

  /** A participant in the chat. */
  private static final class Guest implements AutoCloseable {

    final Socket socket;
    final BufferedReader reader;
    final String name;

    Guest(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(Program.DEADLINE_SECONDS));
      reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      name = "127.0.0.1:" + socket.getLocalPort();
      assertEquals("Welcome, " + name, hears());
    }

    void says(String text) throws IOException {
      socket.getOutputStream().write((text + "\n").getBytes(UTF_8));
    }

    String hears() throws IOException {
      return reader.readLine();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static Program server(Lang lang) throws IOException {
    return SampleProgram.start("chat-server", "--lang", lang.toString(), "--port", "0");
  }

  @EachLanguage
  void everybody_gets_the_lines_of_the_others(Lang lang) throws Exception {
    try (Program server = server(lang)) {
      int port = server.port();
      try (Guest ann = new Guest(port);
          Guest bob = new Guest(port);
          Guest cid = new Guest(port)) {
        ann.says("hello");
        assertEquals(ann.name + ": hello", bob.hears());
        assertEquals(ann.name + ": hello", cid.hears());
        bob.says("good day");
        assertEquals(bob.name + ": good day", ann.hears());
        assertEquals(bob.name + ": good day", cid.hears());
      }
    }
  }

  @EachLanguage
  void a_client_that_leaves_does_not_disturb_the_others(Lang lang) throws Exception {
    try (Program server = server(lang)) {
      int port = server.port();
      try (Guest ann = new Guest(port);
          Guest bob = new Guest(port)) {
        try (Guest cid = new Guest(port)) {
          cid.says("bye");
          assertEquals(cid.name + ": bye", ann.hears());
        }
        bob.says("still here");
        assertEquals(bob.name + ": still here", ann.hears());
      }
    }
  }

  @EachLanguage
  void what_was_said_is_delivered_when_the_server_is_asked_to_end(Lang lang) throws Exception {
    List<Guest> guests = new ArrayList<>();
    try (Program server = server(lang)) {
      int port = server.port();
      for (int i = 0; i < 10; i++) {
        guests.add(new Guest(port));
      }
      Guest speaks = guests.remove(0);
      Guest listens = guests.remove(0);
      String text = "x".repeat(10_000);
      for (int line = 0; line < LINES; line++) {
        speaks.says(text);
      }
      for (int line = 0; line < LINES; line++) {
        assertEquals(speaks.name + ": " + text, listens.hears());
      }
      server.terminate();

      for (Guest hasNotReadYet : guests) {
        for (int line = 0; line < LINES; line++) {
          assertEquals(speaks.name + ": " + text, hasNotReadYet.hears());
        }
        assertNull(hasNotReadYet.hears());
        hasNotReadYet.close();
      }
      assertNull(listens.hears());
      assertNull(speaks.hears());
      listens.close();
      speaks.close();
      assertEquals("Shut down: 0 finished, 10 closed, 0 aborted, 0 failed", server.line());
      assertEquals(0, server.exitCode());
      assertEquals(List.of(), server.errors());
    } finally {
      for (Guest guest : guests) {
        guest.close();
      }
    }
  }

  @EachLanguage
  void a_client_that_does_not_read_delays_no_other_and_is_dropped(Lang lang) throws Exception {
    try (Program server = server(lang)) {
      int port = server.port();
      try (Guest ann = new Guest(port);
          Guest bob = new Guest(port);
          Guest deaf = new Guest(port)) {
        CompletableFuture<String> dropped = new CompletableFuture<>();
        Thread listening =
            new Thread(
                () -> {
                  try {
                    dropped.complete(server.lineAfter("Dropped "));
                  } catch (Throwable failure) {
                    dropped.completeExceptionally(failure);
                  }
                });
        listening.start();
        String text = "x".repeat(10_000);
        while (!dropped.isDone()) { // one line at a time, so that only the deaf one falls behind
          ann.says(text);
          assertEquals(ann.name + ": " + text, bob.hears());
        }
        assertEquals(deaf.name + ": it does not read fast enough", dropped.get());
        ann.says("and on");
        assertEquals(ann.name + ": and on", bob.hears());
        listening.join();
      }
    }
  }
}
