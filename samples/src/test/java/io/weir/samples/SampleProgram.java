package io.weir.samples;

import io.weir.testing.Program;
import java.io.IOException;
import java.util.List;

/** Starts the samples in processes of their own. */
final class SampleProgram {

  private SampleProgram() {}

  /** Starts a sample. */
  static Program start(String... args) throws IOException {
    return Program.withInput("", command(args));
  }

  /** Starts a sample in a JVM with options. */
  static Program startWith(List<String> jvmOptions, String... args) throws IOException {
    return Program.withInput("", Program.javaCommand(jvmOptions, Main.class, (Object[]) args));
  }

  /** Returns the command that starts a sample, for a program that runs it. */
  static List<String> command(String... args) {
    return Program.javaCommand(Main.class, (Object[]) args);
  }
}
