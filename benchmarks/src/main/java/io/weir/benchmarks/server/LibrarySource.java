package io.weir.benchmarks.server;

import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Objects;

/** The jars, or folders of classes, that a process has loaded Weir from. */
public final class LibrarySource {

  private LibrarySource() {}

  /** Prints a line for each jar of Weir that a server runs on. */
  public static void print(Contender contender, PrintStream out) {
    for (Class<?> type : contender.library()) {
      out.println(lineStart(type) + of(type));
    }
  }

  /** Returns the start of the line for the jar of a class; its path follows. */
  public static String lineStart(Class<?> type) {
    return type.getName() + " is from ";
  }

  /** Returns the path that a class was loaded from. */
  public static Path of(Class<?> type) {
    CodeSource source = Objects.requireNonNull(type.getProtectionDomain().getCodeSource());
    return Path.of(URI.create(source.getLocation().toString()));
  }
}
