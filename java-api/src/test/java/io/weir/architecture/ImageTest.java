package io.weir.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.AsyncStreams;
import io.weir.programs.EchoTwice;
import io.weir.programs.RecordedEcho;
import io.weir.testing.Program;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library in an image of jlink. */
class ImageTest {

  @Test
  void it_runs_in_an_image_with_the_module_java_base_alone(@TempDir Path directory)
      throws Exception {
    String classes = location(AsyncStreams.class) + File.pathSeparator;
    try (Program program = run(image(directory, "java.base"), classes)) {
      assertEquals("tcp hello", program.line());
      assertEquals("unix hello", program.line());
      program.assertEndsWell();
    }
  }

  @Test
  void it_knows_the_peer_of_a_unix_domain_socket_in_an_image_with_the_module_jdk_net(
      @TempDir Path directory) throws Exception {
    try (Program program = run(image(directory, "io.weir,jdk.net"), "")) {
      assertEquals("tcp hello", program.line());
      assertEquals("unix hello, peer known", program.line());
      program.assertEndsWell();
    }
  }

  @Test
  void its_events_are_recorded_in_an_image_with_the_module_jdk_jfr(@TempDir Path directory)
      throws Exception {
    Path java = image(directory, "io.weir,jdk.jfr");
    String main = RecordedEcho.class.getName();
    List<String> command =
        List.of(java.toString(), "-cp", location(RecordedEcho.class).toString(), main);
    try (Program program = Program.program(command)) {
      assertEquals("io.weir.Accept io.weir.Close io.weir.Close io.weir.Connect", program.line());
      program.assertEndsWell();
    }
  }

  /** Links an image; returns its launcher. */
  private static Path image(Path directory, String modules) throws URISyntaxException {
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out);
    Path image = directory.resolve("image");
    int result =
        ToolProvider.findFirst("jlink")
            .orElseThrow()
            .run(
                writer,
                writer,
                "--module-path",
                location(AsyncStreams.class).toString(),
                "--add-modules",
                modules,
                "--output",
                image.toString());
    assertEquals(0, result, out::toString);
    return image.resolve("bin").resolve("java");
  }

  private static Program run(Path java, String classes) throws Exception {
    String all = classes + location(EchoTwice.class);
    return Program.program(List.of(java.toString(), "-cp", all, EchoTwice.class.getName()));
  }

  private static Path location(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
