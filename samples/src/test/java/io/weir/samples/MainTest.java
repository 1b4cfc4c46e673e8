package io.weir.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {
  @Test
  void help_succeeds() {
    assertEquals(0, new CommandLine(new Main()).execute("--help"));
  }
}
