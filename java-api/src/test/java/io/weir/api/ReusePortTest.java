package io.weir.api;

import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.StreamConnection;
import io.weir.programs.ReusePortServer;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.Program;
import io.weir.testing.SystemTexts;
import java.net.BindException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Servers in several processes that share a port. */
@Tag(SystemTexts.TAG)
class ReusePortTest {

  /** How many connections would hardly all go to one of two servers, were both there. */
  private static final int MANY = 50;

  private static long servedBy(int port) {
    try (StreamConnection connection = Loopback.connect(port)) {
      return Long.parseLong(text(connection.reader().readLine()).strip());
    }
  }

  @Test
  void two_processes_serve_on_one_port_and_when_one_ends_the_other_serves_everybody()
      throws Exception {
    try (Program staying = Program.java(ReusePortServer.class, 0)) {
      int port = staying.port();
      try (Program leaving = Program.java(ReusePortServer.class, port)) {
        assertEquals(port, leaving.port());
        awaitServedBy(Set.of(staying.handle().pid(), leaving.handle().pid()), port);
      }

      for (int i = 0; i < MANY; i++) {
        assertEquals(staying.handle().pid(), servedBy(port));
      }
    }
  }

  private static void awaitServedBy(Set<Long> all, int port) {
    Set<Long> served = new HashSet<>();
    Deadline.await(
        "each has served",
        () -> {
          served.add(servedBy(port));
          return served.equals(all);
        });
  }

  @Test
  void a_server_that_does_not_share_its_port_is_refused_beside_one_that_does() throws Exception {
    try (Program sharing = Program.java(ReusePortServer.class, 0)) {
      int port = sharing.port();

      String message =
          Deadline.failure(
                  BindException.class,
                  AsyncStreams.startServer((reader, writer) -> reader.read(), Loopback.HOST, port))
              .getMessage();

      assertTrue(message.contains("127.0.0.1:" + port), message);
      SystemTexts.assertContains("Address already in use", message);
      assertEquals(sharing.handle().pid(), servedBy(port));
    }
  }
}
