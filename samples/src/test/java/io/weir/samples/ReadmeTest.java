package io.weir.samples;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The README shows programs that compile: those of the package readme beside this class. */
class ReadmeTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "java/io/weir/samples/readme/EchoClient.java",
        "java/io/weir/samples/readme/EchoServer.java",
        "java/io/weir/samples/readme/HttpHeaders.java",
        "kotlin/io/weir/samples/readme/EchoClient.kt",
        "kotlin/io/weir/samples/readme/EchoServer.kt",
        "kotlin/io/weir/samples/readme/HttpHeaders.kt",
        "resources/python/readme/echo_client.py",
        "resources/python/readme/echo_server.py",
        "resources/python/readme/http_headers.py",
      })
  void the_readme_shows_this_program(String file) throws IOException {
    assertShows("README.md", file);
  }

  @Test
  void the_page_about_observation_shows_its_program() throws IOException {
    assertShows("docs/observation.md", "java/io/weir/samples/readme/ConnectionMetrics.java");
  }

  private static void assertShows(String page, String file) throws IOException {
    new Listing(Path.of("..", page)).assertShows(Path.of("src/test", file));
  }
}
