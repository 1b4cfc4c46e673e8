package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.RuntimeOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.testing.Deadline;
import io.weir.testing.Program;
import io.weir.testing.Threads;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What other programs can do to the start of a server with the name of its lock file. */
class UnixLockFileTest {

  private static final ConnectionHandler GREETING =
      (reader, writer) -> {
        writer.write(bytes("hello"));
        writer.close();
        return writer.waitClosed();
      };

  @TempDir Path directory;
  private Path path;
  private Path lockFile;
  private Path target;

  @BeforeEach
  void choosePaths() {
    path = directory.resolve("s");
    lockFile = directory.resolve(".s.lock");
    target = directory.resolve("target");
  }

  private static CompletableFuture<Server> start(Path path) {
    return AsyncStreams.startUnixServer(GREETING, path);
  }

  private static void assertServes(Path path) {
    try (Server server = Deadline.get(start(path));
        StreamConnection connection = Deadline.get(AsyncStreams.openUnixConnection(path))) {
      assertTrue(server.isServing());
      assertEquals("hello", text(connection.reader().read()));
    }
  }

  private void assertRefused(CompletableFuture<Server> starting, String reason) {
    String message = Deadline.failure(BindException.class, starting).getMessage();
    assertTrue(message.contains("bind on path '" + path + "'"), message);
    assertTrue(message.contains("the lock file " + lockFile + " " + reason), message);
    assertTrue(message.contains("move it away"), message);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private Program lockedByAnotherProcess() throws Exception {
    Program python = Program.python("lock_file.py", lockFile);
    assertEquals("locked", python.line());
    return python;
  }

  @Test
  void a_lock_of_another_process_ends_a_start_after_some_seconds_and_holds_up_no_other()
      throws Exception {
    try (Program python = lockedByAnotherProcess()) {
      List<CompletableFuture<Server>> starting =
          Stream.generate(() -> start(path)).limit(3).toList();
      assertServes(directory.resolve("other"));

      for (CompletableFuture<Server> each : starting) {
        assertFalse(each.isDone());
      }
      for (CompletableFuture<Server> each : starting) {
        assertRefused(each, "has been locked for 3 seconds");
      }
      assertEquals(List.of(".s.lock"), names());
      python.endInput();
      python.assertEndsWell();
    }
    assertServes(path);
    assertEquals(List.of(), names());
  }

  @Test
  void a_lock_of_another_process_is_awaited() throws Exception {
    try (Program python = lockedByAnotherProcess()) {
      CompletableFuture<Server> starting = start(path);
      assertServes(directory.resolve("other"));
      assertFalse(starting.isDone());

      python.endInput();
      try (Server server = Deadline.get(starting)) {
        assertTrue(server.isServing());
      }
      python.assertEndsWell();
    }
    assertEquals(List.of(), names());
  }

  @Test
  void a_lock_of_a_file_that_has_been_replaced_is_not_enough() throws Exception {
    try (Program python = lockedByAnotherProcess()) {
      CompletableFuture<Server> starting = start(path);
      assertServes(
          directory.resolve("other")); // so the first has opened the lock file, most likely
      python.type("pass on\n");
      assertEquals("locked another", python.line());

      assertRefused(starting, "has been locked for 3 seconds");
      assertFalse(Files.exists(path));
    }
  }

  @Test
  void closing_the_runtime_ends_a_start_that_waits_for_a_lock() throws Exception {
    AsyncRuntime runtime =
        AsyncRuntime.create(RuntimeOptions.DEFAULTS.withThreadNames("lock-waiter"));
    try (Program python = lockedByAnotherProcess()) {
      CompletableFuture<Server> starting =
          AsyncStreams.startUnixServer(GREETING, path, ServerOptions.DEFAULTS.withRuntime(runtime));
      Deadline.await("the start waits", () -> !Threads.named("lock-waiter-binding").isEmpty());
      long before = System.nanoTime();
      runtime.close();

      Duration taken = Duration.ofNanos(System.nanoTime() - before);
      assertTrue(taken.compareTo(Duration.ofSeconds(2)) < 0, taken::toString);
      Deadline.failure(IllegalStateException.class, starting);
      Threads.awaitNone("lock-waiter");
      python.endInput();
      python.assertEndsWell();
    }
    assertEquals(List.of(), names());
  }

  /** What is there at the name of the lock file, and why it is not used. */
  private enum Foreign {
    FIFO("is not a regular file"),
    DIRECTORY("is not a regular file"),
    LINK_TO_A_FILE("is not a regular file"),
    LINK_TO_NOTHING("is not a regular file"),
    HARD_LINK("is a hard link"),
    HARD_LINK_TO_AN_EMPTY_FILE("is a hard link"),
    FILE_WITH_CONTENT("is not empty"),
    FILE_OF_ANOTHER_USER("belongs to another user");

    final String reason;

    Foreign(String reason) {
      this.reason = reason;
    }
  }

  private void make(Foreign foreign) throws Exception {
    Files.writeString(target, foreign == Foreign.HARD_LINK_TO_AN_EMPTY_FILE ? "" : "precious");
    switch (foreign) {
      case FIFO -> {
        try (Program mkfifo = Program.program(List.of("mkfifo", lockFile.toString()))) {
          mkfifo.assertEndsWell();
        }
      }
      case DIRECTORY -> Files.createDirectory(lockFile);
      case LINK_TO_A_FILE -> Files.createSymbolicLink(lockFile, target);
      case LINK_TO_NOTHING -> Files.createSymbolicLink(lockFile, directory.resolve("nothing"));
      case HARD_LINK, HARD_LINK_TO_AN_EMPTY_FILE -> Files.createLink(lockFile, target);
      case FILE_WITH_CONTENT -> Files.writeString(lockFile, "precious");
      case FILE_OF_ANOTHER_USER -> giveAway(Files.createFile(lockFile));
    }
  }

  private static void giveAway(Path file) throws IOException {
    try {
      Files.setAttribute(file, "unix:uid", 65534);
    } catch (FileSystemException notPermitted) {
      assumeTrue(false, "only the superuser can give files away");
    }
  }

  @ParameterizedTest
  @EnumSource
  void what_no_start_has_made_is_refused_and_kept(Foreign foreign) throws Exception {
    make(foreign);
    Object before = Files.getAttribute(lockFile, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    List<String> names = names();
    String content = Files.readString(target);

    assertRefused(start(path), foreign.reason);

    assertEquals(before, Files.getAttribute(lockFile, "unix:ino", LinkOption.NOFOLLOW_LINKS));
    assertEquals(names, names());
    assertEquals(content, Files.readString(target));
    assertServes(directory.resolve("other"));
  }

  @Test
  void what_a_killed_start_has_left_is_used_and_removed() throws Exception {
    Files.createFile(lockFile);
    assertServes(path);
    assertEquals(List.of(), names());
  }
}
