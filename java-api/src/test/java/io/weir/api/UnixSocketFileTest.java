package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.ExtraInfo;
import io.weir.MemoryStreams;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import io.weir.programs.UnixStarts;
import io.weir.testing.CapturedLog;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.Program;
import io.weir.testing.SystemTexts;
import io.weir.testing.Tasks;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the file of a listening Unix domain socket. */
@Tag(SystemTexts.TAG)
class UnixSocketFileTest {

  private static final ServerOptions DEFAULTS = ServerOptions.DEFAULTS;
  private static final ServerOptions PRIVATE = DEFAULTS.withSocketMode("rw-------");

  /** What the JDK lets into a sockaddr_un of Linux, in bytes. */
  private static final int LONGEST_PATH = 106;

  private static final int LONGEST_NAME_OF_BYTES = 60;

  private static final ConnectionHandler GREETING =
      (reader, writer) -> {
        writer.write(bytes("hello"));
        writer.close();
        return writer.waitClosed();
      };

  @TempDir Path directory;
  private Path path;
  private final List<AutoCloseable> toClose = new ArrayList<>();

  @BeforeEach
  void choosePath() {
    path = directory.resolve("s");
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : toClose) {
      closeable.close();
    }
    assertEquals(List.of(), leftovers());
  }

  /** Names in the directory that only a start under way may have. */
  private List<String> leftovers() throws IOException {
    return names().stream().filter(name -> name.startsWith(".")).toList();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private Server serve(ServerOptions options) {
    Server server = Deadline.get(AsyncStreams.startUnixServer(GREETING, path, options));
    toClose.add(server);
    return server;
  }

  private BindException refusal(ServerOptions options) {
    BindException refused =
        Deadline.failure(
            BindException.class, AsyncStreams.startUnixServer(GREETING, path, options));
    assertTrue(refused.getMessage().contains(path.toString()), refused.getMessage());
    return refused;
  }

  private static String greetingAt(Path path) {
    try (StreamConnection connection = Deadline.get(AsyncStreams.openUnixConnection(path))) {
      return text(connection.reader().read());
    }
  }

  private ServerSocketChannel listenAt(Path place, int backlog) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    toClose.add(channel);
    return channel.bind(UnixDomainSocketAddress.of(place), backlog);
  }

  private void makeStale(Path place) throws IOException {
    listenAt(place, 1).close();
    assertTrue(Files.exists(place));
  }

  private static Object keyOf(Path place) throws IOException {
    return Files.getAttribute(place, "unix:fileKey", LinkOption.NOFOLLOW_LINKS);
  }

  /** What may be in the way and is kept. */
  private enum Obstacle {
    REGULAR_FILE,
    EMPTY_FILE,
    DIRECTORY,
    LINK_TO_A_LIVE_SOCKET,
    LINK_TO_A_STALE_SOCKET,
    LINK_TO_A_FILE,
    LINK_TO_NOTHING,
    FIFO
  }

  private void make(Obstacle obstacle) throws Exception {
    Path target = directory.resolve("target");
    switch (obstacle) {
      case REGULAR_FILE -> Files.writeString(path, "precious");
      case EMPTY_FILE -> Files.createFile(path);
      case DIRECTORY -> Files.createDirectory(path);
      case LINK_TO_A_LIVE_SOCKET -> {
        listenAt(target, 1);
        Files.createSymbolicLink(path, target);
      }
      case LINK_TO_A_STALE_SOCKET -> {
        makeStale(target);
        Files.createSymbolicLink(path, target);
      }
      case LINK_TO_A_FILE -> {
        Files.writeString(target, "precious");
        Files.createSymbolicLink(path, target);
      }
      case LINK_TO_NOTHING -> Files.createSymbolicLink(path, target);
      case FIFO -> {
        try (Program mkfifo = Program.program(List.of("mkfifo", path.toString()))) {
          mkfifo.assertEndsWell();
        }
      }
    }
  }

  @Nested
  class APathThatIsTaken {

    @ParameterizedTest
    @EnumSource
    void by_anything_but_a_socket_is_refused_and_kept(Obstacle obstacle) throws Exception {
      make(obstacle);
      Object before = keyOf(path);
      List<String> names = names();

      for (ServerOptions options : List.of(DEFAULTS, PRIVATE)) {
        String message = refusal(options).getMessage();

        assertTrue(message.contains("not a socket"), message);
        assertEquals(before, keyOf(path));
        assertEquals(names, names());
      }
    }

    @Test
    void by_a_server_is_refused_and_the_server_goes_on() {
      serve(DEFAULTS);

      for (ServerOptions options : List.of(DEFAULTS, PRIVATE)) {
        String message = refusal(options).getMessage();

        assertTrue(message.contains("already in use"), message);
        assertTrue(message.contains("a server listens"), message);
        assertEquals("hello", greetingAt(path));
      }
    }

    @Test
    void by_a_server_whose_backlog_is_full_is_refused_and_kept() throws Exception {
      listenAt(path, 1);
      boolean full = false;
      while (!full) {
        SocketChannel waiting = SocketChannel.open(StandardProtocolFamily.UNIX);
        toClose.add(waiting);
        waiting.configureBlocking(false);
        try {
          waiting.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException refused) {
          full = true;
        }
      }
      Object before = keyOf(path);

      refusal(DEFAULTS);

      assertEquals(before, keyOf(path));
    }

    @Test
    void by_a_socket_on_which_nobody_answers_is_served() throws Exception {
      for (ServerOptions options : List.of(DEFAULTS, PRIVATE)) {
        makeStale(path);

        try (Server server = serve(options)) {
          assertTrue(server.isServing());
          assertEquals("hello", greetingAt(path));
          assertEquals(List.of("s"), names());
        }
        assertEquals(List.of(), names());
      }
    }
  }

  @Nested
  class APath {

    @Test
    void that_is_too_long_is_refused_for_servers_and_for_clients() throws Exception {
      path = Files.createDirectory(directory.resolve("d".repeat(100))).resolve("s".repeat(20));

      for (ServerOptions options : List.of(DEFAULTS, PRIVATE)) {
        String message = refusal(options).getMessage();

        assertTrue(message.contains("too long"), message);
      }
      try (Stream<Path> files = Files.list(path.getParent())) {
        assertEquals(0, files.count());
      }
      assertTooLongToConnectTo(path);
    }

    @Test
    void that_just_fits_is_taken_with_a_mode_as_well() throws Exception {
      int fill = LONGEST_PATH - directory.toString().length() - "/".length() - "/app.sock".length();
      path = Files.createDirectory(directory.resolve("d".repeat(fill))).resolve("app.sock");
      for (ServerOptions options : List.of(DEFAULTS, PRIVATE)) {
        try (Server server = serve(options)) {
          assertTrue(server.isServing());
        }
      }
    }

    private void chooseLongestWith(String name) throws Exception {
      int fill = LONGEST_PATH - directory.toString().length() - "//".length() - name.length();
      path = Files.createDirectory(directory.resolve("d".repeat(fill))).resolve(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix.s", "app.s", "sock"})
    void that_just_fits_is_taken_with_a_mode_and_a_short_name_as_well(String name)
        throws Exception {
      chooseLongestWith(name);
      try (Server server = serve(PRIVATE)) {
        assertTrue(server.isServing());
        assertEquals("hello", greetingAt(path));
      }
    }

    @Test
    void that_just_fits_and_has_no_room_for_a_mode_says_so() throws Exception {
      chooseLongestWith("s");
      String message = refusal(PRIVATE).getMessage();
      assertTrue(message.contains("3 bytes too long"), message);
      serve(DEFAULTS);
      assertEquals("hello", greetingAt(path));
    }

    @Test
    void that_is_no_text_is_served_and_missed() throws Exception {
      URI bytes = URI.create(directory.toUri() + "%FF".repeat(LONGEST_NAME_OF_BYTES));
      path = Path.of(bytes);
      assertEquals(
          path.toString(),
          Deadline.failure(NoSuchFileException.class, AsyncStreams.openUnixConnection(path))
              .getFile());
      for (ServerOptions options : List.of(DEFAULTS, PRIVATE)) {
        try (Server server = serve(options)) {
          assertTrue(server.isServing());
          assertEquals("hello", greetingAt(path));
        }
      }
    }

    @Test
    void whose_name_no_file_can_have_is_refused() {
      path = directory.resolve("s".repeat(300));

      assertTrue(refusal(DEFAULTS).getMessage().contains("too long"));
      assertTooLongToConnectTo(path);
    }

    private static void assertTooLongToConnectTo(Path path) {
      String message =
          Deadline.failure(ConnectException.class, AsyncStreams.openUnixConnection(path))
              .getMessage();
      assertTrue(message.contains("cannot connect to path '" + path + "': "), message);
      assertTrue(message.contains("too long"), message);
    }

    @Test
    void in_a_directory_that_does_not_exist_is_refused_and_nothing_is_made() {
      path = directory.resolve("missing").resolve("s");

      for (ServerOptions options : List.of(DEFAULTS, PRIVATE)) {
        String message = refusal(options).getMessage();

        assertTrue(message.contains("directory does not exist"), message);
        assertFalse(Files.exists(path.getParent()));
      }
    }

    @Test
    void in_a_file_is_refused() throws Exception {
      path = Files.createFile(directory.resolve("file")).resolve("s");

      String message = refusal(DEFAULTS).getMessage();

      assertTrue(message.toLowerCase(Locale.ROOT).contains("not a directory"), message);
    }

    @Test
    void in_a_directory_without_permission_is_refused() throws Exception {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-x------"));
      try {
        assumeTrue(!Files.isWritable(directory), "the superuser may write anywhere");

        for (ServerOptions options : List.of(DEFAULTS, PRIVATE)) {
          String message = refusal(options).getMessage();

          assertTrue(message.contains("permission denied"), message);
        }
      } finally {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
      }
    }

    @Test
    void in_a_directory_in_which_nothing_can_be_made_is_refused() {
      path = Path.of("/sys/s");
      assumeTrue(Files.isDirectory(path.getParent()), "there is no /sys");

      for (ServerOptions options : List.of(DEFAULTS, PRIVATE)) {
        String message = refusal(options).getMessage();

        assertFalse(message.contains("null"), message);
        assertFalse(Files.exists(path));
      }
    }

    @Test
    void of_another_file_system_is_refused_at_once() throws IOException {
      URI archive = URI.create("jar:" + directory.resolve("a.zip").toUri());
      try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
        Path inside = zip.getPath("/s");
        Class<IllegalArgumentException> refused = IllegalArgumentException.class;
        for (RuntimeException error :
            List.of(
                assertThrows(refused, () -> AsyncStreams.openUnixConnection(inside)),
                assertThrows(refused, () -> AsyncStreams.startUnixServer(GREETING, inside)))) {
          assertTrue(error.getMessage().startsWith("path is /s of "), error.getMessage());
        }
      }
    }

    @Test
    void with_a_nul_or_an_empty_one_or_none_is_refused_at_once() {
      assertThrows(InvalidPathException.class, () -> directory.resolve("s\0t"));
      Class<IllegalArgumentException> refused = IllegalArgumentException.class;
      Path empty = Path.of("");
      for (RuntimeException error :
          List.of(
              assertThrows(refused, () -> AsyncStreams.openUnixConnection(empty)),
              assertThrows(refused, () -> AsyncStreams.startUnixServer(GREETING, empty)))) {
        assertEquals("path is empty: give the path of the socket's file", error.getMessage());
      }
      assertThrows(NullPointerException.class, () -> AsyncStreams.openUnixConnection(null));
      assertThrows(NullPointerException.class, () -> AsyncStreams.startUnixServer(GREETING, null));
    }

    @Test
    void that_is_relative_is_served() throws Exception {
      path = Path.of("").toAbsolutePath().relativize(path);
      assertFalse(path.isAbsolute());

      for (ServerOptions options : List.of(DEFAULTS, PRIVATE)) {
        try (Server server = serve(options)) {
          assertEquals(UnixDomainSocketAddress.of(path), server.sockets().get(0).localAddress());
          assertEquals("hello", greetingAt(path));
        }
        assertEquals(List.of(), names());
      }
    }
  }

  @Nested
  class Connecting {

    private Throwable failure() {
      Throwable error = Deadline.failure(IOException.class, AsyncStreams.openUnixConnection(path));
      assertTrue(error.getMessage().contains(path.toString()), error.getMessage());
      return error;
    }

    private void assertNothingThere() {
      NoSuchFileException nothing = assertInstanceOf(NoSuchFileException.class, failure());
      assertEquals(path.toString(), nothing.getFile());
      assertEquals("no socket to connect to", nothing.getReason());
    }

    @Test
    void to_nothing_says_that_there_is_nothing() throws Exception {
      assertNothingThere();
      path = directory.resolve("missing").resolve("s");
      assertNothingThere();
      path = Files.createFile(directory.resolve("file")).resolve("s");
      assertNothingThere();
    }

    @Test
    void to_what_may_not_be_looked_at_does_not_say_that_there_is_nothing() throws Exception {
      Path closed = Files.createDirectory(directory.resolve("closed"));
      path = closed.resolve("s");
      Files.setPosixFilePermissions(closed, Set.of());
      try {
        assumeTrue(!Files.isExecutable(closed), "the superuser may look anywhere");

        String message = assertInstanceOf(ConnectException.class, failure()).getMessage();
        SystemTexts.assertContains("Permission denied", message);
      } finally {
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
      }
    }

    @Test
    void to_a_stale_socket_or_to_what_is_no_socket_says_so() throws Exception {
      makeStale(path);
      assertEquals(ConnectException.class, failure().getClass());
      Files.delete(path);
      Files.writeString(path, "no socket");

      assertEquals(ConnectException.class, failure().getClass());
    }

    @Test
    void through_a_symbolic_link_reaches_the_server() throws Exception {
      serve(DEFAULTS);
      Path link = Files.createSymbolicLink(directory.resolve("link"), path);

      assertEquals("hello", greetingAt(link));
    }
  }

  @Nested
  class ClosingTheServer {

    @Test
    void removes_the_file_and_does_nothing_the_second_time() throws Exception {
      for (ServerOptions options : List.of(DEFAULTS, PRIVATE)) {
        Server server = serve(options);
        assertEquals(List.of("s"), names());
        server.close();
        assertEquals(List.of(), names());

        Files.writeString(path, "new");
        server.close();
        assertEquals("new", Files.readString(path));
        Files.delete(path);
      }
    }

    @Test
    void is_quiet_when_the_file_is_gone() throws Exception {
      Server server = serve(DEFAULTS);
      Files.delete(path);
      try (CapturedLog log = new CapturedLog()) {
        server.close();

        assertEquals(List.of(), log.messages());
      }
      assertNull(Deadline.get(server.waitClosed()));
    }

    @Test
    void keeps_a_file_that_has_taken_the_place() throws Exception {
      Server server = serve(DEFAULTS);
      Files.delete(path);
      Files.writeString(path, "precious");
      server.close();

      assertEquals("precious", Files.readString(path));
    }

    @Test
    void keeps_the_socket_of_another_server_that_has_taken_the_place() throws Exception {
      Server robbed = serve(DEFAULTS);
      Files.delete(path);
      Server other = serve(DEFAULTS);
      robbed.close();

      assertEquals("hello", greetingAt(path));
      other.close();
      assertEquals(List.of(), names());
    }

    @Test
    void keeps_the_file_when_it_is_told_to_and_the_next_server_replaces_it() throws Exception {
      serve(DEFAULTS.withCleanupSocket(false)).close();
      Object first = keyOf(path);
      Files.createLink(path.resolveSibling("linked"), path); // so that its inode is not reused

      serve(PRIVATE.withCleanupSocket(false)).close();

      assertNotEquals(first, keyOf(path));
      assertEquals(List.of("linked", "s"), names());
    }

    @Test
    void frees_the_path_at_once() {
      for (int round = 0; round < 200; round++) {
        Server server = serve(DEFAULTS.withCleanupSocket(round % 2 == 0));
        assertTrue(server.isServing());
        server.close();
      }
    }
  }

  @Nested
  class AModeOfItsOwn {

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "rw-rw----", "rw-rw-rw-", "rwxrwxrwx", "---------"})
    void is_that_of_the_file(String mode) throws Exception {
      try (Server server = serve(DEFAULTS.withSocketMode(mode))) {
        assertEquals(mode, PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        assertEquals(List.of("s"), names());
        assertEquals(UnixDomainSocketAddress.of(path), server.sockets().get(0).localAddress());
      }
      assertEquals(List.of(), names());
    }

    @Test
    void does_not_change_the_name_of_the_ends() {
      CompletableFuture<StreamWriter> accepted = new CompletableFuture<>();
      ConnectionHandler handler = ConnectionHandler.of((in, out) -> accepted.complete(out));
      Server server = Deadline.get(AsyncStreams.startUnixServer(handler, path, PRIVATE));
      toClose.add(server);
      StreamConnection connection = Deadline.get(AsyncStreams.openUnixConnection(path));
      UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);

      assertEquals(address, connection.writer().getExtraInfo(ExtraInfo.PEER_NAME));
      StreamWriter theirs = Deadline.get(accepted);
      assertEquals(address, theirs.getExtraInfo(ExtraInfo.SOCK_NAME));
      assertEquals(address, theirs.getExtraInfo(ExtraInfo.SOCKET).localAddress());
      assertTrue(theirs.toString().contains(path + " -> (unnamed)"), theirs.toString());
      connection.close();
      theirs.close();
    }

    @Test
    void is_never_a_wider_one_not_for_an_instant() {
      Set<String> seen = ConcurrentHashMap.newKeySet();
      AtomicInteger sights = new AtomicInteger();
      AtomicBoolean over = new AtomicBoolean();
      Future<Void> watching =
          Tasks.start(
              () -> {
                while (!over.get()) {
                  try {
                    seen.add(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
                    sights.incrementAndGet();
                  } catch (NoSuchFileException notThere) {
                    Thread.onSpinWait();
                  }
                }
                return null;
              });
      for (int round = 0; round < 200; round++) {
        int before = sights.get();
        try (Server server = serve(PRIVATE)) {
          assertTrue(server.isServing());
          Deadline.await("the file is seen", () -> sights.get() > before);
        }
      }
      over.set(true);
      Deadline.get(watching);

      assertEquals(Set.of("rw-------"), seen);
    }

    @Test
    void is_refused_when_it_is_none() {
      for (String wrong : List.of("600", "", "rw-------x", "rwxrwxrwt", "0600")) {
        IllegalArgumentException refused =
            assertThrows(IllegalArgumentException.class, () -> DEFAULTS.withSocketMode(wrong));

        assertTrue(refused.getMessage().contains("'" + wrong + "'"), refused.getMessage());
        assertTrue(refused.getMessage().contains("rw-rw----"), refused.getMessage());
      }
      assertThrows(NullPointerException.class, () -> DEFAULTS.withSocketMode(null));
    }
  }

  @Nested
  class ServersThatStartAtOnce {

    private static final int SERVERS = 50;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void on_a_free_path_leave_one_that_serves(boolean mode) throws Exception {
      for (int round = 0; round < 5; round++) {
        startAll(mode ? PRIVATE : DEFAULTS);
      }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void on_a_stale_path_leave_one_that_serves(boolean mode) throws Exception {
      for (int round = 0; round < 5; round++) {
        makeStale(path);
        startAll(mode ? PRIVATE : DEFAULTS);
      }
    }

    private void startAll(ServerOptions options) throws Exception {
      CountDownLatch start = new CountDownLatch(1);
      List<Future<CompletableFuture<Server>>> starts = new ArrayList<>();
      for (int i = 0; i < SERVERS; i++) {
        starts.add(
            Tasks.start(
                () -> {
                  start.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS);
                  return AsyncStreams.startUnixServer(GREETING, path, options);
                }));
      }
      start.countDown();
      List<Server> serving = new ArrayList<>();
      List<String> refusals = new ArrayList<>();
      for (Future<CompletableFuture<Server>> started : starts) {
        Server server =
            Deadline.get(
                Deadline.get(started)
                    .exceptionally(
                        error -> {
                          refusals.add(String.valueOf(error.getMessage()));
                          return null;
                        }));
        if (server != null) {
          serving.add(server);
        }
      }

      assertEquals(1, serving.size());
      assertEquals(SERVERS - 1, refusals.size());
      refusals.forEach(text -> assertTrue(text.contains("a server listens"), text));
      assertEquals("hello", greetingAt(path));
      assertEquals(List.of("s"), names());
      serving.get(0).close();
      assertEquals(List.of(), names());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7})
    void in_several_processes_leave_one_that_serves(int startsOfEach) throws Exception {
      int processes = 3;
      int starts = processes * startsOfEach;
      int rounds = 40;
      List<Program> programs = new ArrayList<>();
      for (int i = 0; i < processes; i++) {
        Program program = Program.java(UnixStarts.class, directory, rounds, startsOfEach);
        programs.add(program);
        toClose.add(program);
      }
      for (Program program : programs) {
        assertEquals("ready", program.line());
      }
      for (int round = 0; round < rounds; round++) {
        Path raced = directory.resolve("s" + round);
        if (round % 2 == 0) {
          makeStale(raced);
        }
        Files.createFile(directory.resolve("go" + round));
        List<String> outcomes = new ArrayList<>();
        for (int i = 0; i < starts; i++) {
          outcomes.add(programs.get(i % processes).line());
        }

        assertEquals(1, outcomes.stream().filter("serving"::equals).count(), outcomes::toString);
        assertEquals(
            starts - 1,
            outcomes.stream().filter(text -> text.contains("a server listens")).count(),
            outcomes::toString);
        assertEquals("hello", greetingAt(raced));
        assertEquals(List.of(), leftovers());
      }
    }
  }

  @Nested
  class TheUserAtTheOtherEnd {

    @Test
    void is_known_at_both_ends_also_after_the_end() throws Exception {
      CompletableFuture<StreamWriter> accepted = new CompletableFuture<>();
      ConnectionHandler handler = ConnectionHandler.of((in, out) -> accepted.complete(out));
      toClose.add(Deadline.get(AsyncStreams.startUnixServer(handler, path)));
      StreamConnection connection = Deadline.get(AsyncStreams.openUnixConnection(path));

      for (StreamWriter writer : List.of(connection.writer(), Deadline.get(accepted))) {
        for (int i = 0; i < 2; i++) {
          assertEquals(
              Files.getOwner(path), writer.getExtraInfo(ExtraInfo.PEER_CREDENTIALS).user());
          assertEquals(
              Files.getAttribute(path, "posix:group"),
              writer.getExtraInfo(ExtraInfo.PEER_CREDENTIALS).group());
          writer.close();
          Deadline.get(writer.waitClosed());
        }
      }
    }

    @Test
    void is_not_known_over_tcp_and_in_memory() {
      try (ConnectedPair connected = ConnectedPair.open()) {
        assertNull(connected.writer().getExtraInfo(ExtraInfo.PEER_CREDENTIALS));
      }
      StreamConnection memory = MemoryStreams.pair().first();
      assertNull(memory.writer().getExtraInfo(ExtraInfo.PEER_CREDENTIALS));
      memory.close();
    }
  }
}
