package io.weir.channels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.programs.AsyncEcho;
import io.weir.programs.NamedThreads;
import io.weir.testing.Program;
import java.io.File;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A JVM whose provider of asynchronous channels is ours, for a program that does not know it. */
class ProviderOfTheJvmTest {

  private static final String PROPERTY = "-D" + AsynchronousChannelProvider.class.getName() + "=";
  private static final String OURS = SelectorChannelProvider.class.getName();
  private static final String FACTORY = "-Djava.nio.channels.DefaultThreadPool.threadFactory=";
  private static final String INITIAL_SIZE = "-Djava.nio.channels.DefaultThreadPool.initialSize=";

  private static List<String> echo(String... options) {
    List<String> quick = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto");
    return Program.javaCommand(
        Stream.concat(quick.stream(), Arrays.stream(options)).toList(), AsyncEcho.class);
  }

  /** Runs the echo to its end, and asserts what it printed. */
  private static String assertEchoes(String provider, List<String> command) throws Exception {
    try (Program program = Program.program(command)) {
      assertEquals(provider, program.lineAfter("provider "));
      String thread = program.lineAfter("handler in ");
      assertEquals("hello", program.lineAfter("echo "));
      assertEquals("class " + provider, program.lineAfter("channel of "));
      program.assertEndsWell();
      return thread;
    }
  }

  @Test
  void a_property_makes_it_the_provider_on_the_class_path() throws Exception {
    String thread = assertEchoes(OURS, echo(PROPERTY + OURS));

    assertTrue(thread.startsWith("daemon weir-handler-"), thread);
  }

  @Test
  void a_property_makes_it_the_provider_on_the_module_path() throws Exception {
    Path weir =
        Path.of(AsyncStreams.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> command =
        new ArrayList<>(
            echo(PROPERTY + OURS, "--module-path", weir.toString(), "--add-modules", "io.weir"));
    int classPath = command.indexOf("-cp") + 1;
    command.set(classPath, without(weir, command.get(classPath)));

    assertEchoes(OURS, command);
  }

  private static String without(Path weir, String classPath) {
    String rest =
        Arrays.stream(classPath.split(File.pathSeparator))
            .filter(entry -> !Path.of(entry).equals(weir))
            .collect(Collectors.joining(File.pathSeparator));
    assertNotEquals(classPath, rest);
    return rest;
  }

  @Test
  void without_the_property_the_provider_is_that_of_the_JDK() throws Exception {
    String ofTheJdk = AsynchronousChannelProvider.provider().getClass().getName();
    assertFalse(ofTheJdk.startsWith("io.weir"));

    assertEchoes(ofTheJdk, echo());
    assertEquals(
        Optional.empty(),
        java.util.ServiceLoader.load(AsynchronousChannelProvider.class).findFirst());
  }

  @Test
  void the_default_group_has_the_thread_factory_and_the_initial_size_of_the_properties()
      throws Exception {
    String factory = FACTORY + NamedThreads.class.getName();
    String thread = assertEchoes(OURS, echo(PROPERTY + OURS, factory, INITIAL_SIZE + "3"));

    assertEquals("daemon named-thread", thread);
  }

  @Test
  void a_thread_factory_that_does_not_exist_is_an_error() throws Exception {
    assertFails("no.such.Factory", echo(PROPERTY + OURS, FACTORY + "no.such.Factory"));
  }

  @Test
  void a_class_that_is_no_thread_factory_is_an_error() throws Exception {
    assertFails("java.lang.Object", echo(PROPERTY + OURS, FACTORY + "java.lang.Object"));
  }

  @Test
  void an_initial_size_that_is_no_number_is_an_error() throws Exception {
    assertFails("many", echo(PROPERTY + OURS, INITIAL_SIZE + "many"));
  }

  private static void assertFails(String cause, List<String> command) throws Exception {
    try (Program program = Program.program(command)) {
      program.lineAfter("provider ");
      assertNotEquals(0, program.exitCode());
      String output = String.join("\n", program.restOfLines());
      assertTrue(output.contains(cause), output);
    }
  }
}
