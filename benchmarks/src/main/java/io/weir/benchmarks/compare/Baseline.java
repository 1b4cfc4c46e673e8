package io.weir.benchmarks.compare;

import io.weir.benchmarks.server.Contender;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Another build of the library, which the current one is compared with.
 *
 * @param jars the real paths of its jars, or of its folders of classes; none for no comparison
 */
public record Baseline(List<Path> jars) {

  /** No other build. */
  public static final Baseline NONE = new Baseline(List.of());

  /**
   * Returns the build in these jars.
   *
   * @param jars paths with {@link File#pathSeparator} between them
   * @throws IOException if one of them does not exist
   * @throws IllegalArgumentException if they do not contain the library
   */
  public static Baseline of(String jars) throws IOException {
    List<Path> paths = new ArrayList<>();
    for (String jar : jars.split(File.pathSeparator, -1)) {
      paths.add(Path.of(jar).toRealPath());
    }
    Baseline baseline = new Baseline(List.copyOf(paths));
    if (!baseline.hasLibraryOf(Contender.WEIR_JAVA)) {
      throw new IllegalArgumentException(
          "--baseline %s does not contain %s; name the jar of java-api"
              .formatted(jars, Contender.WEIR_JAVA.library()));
    }
    return baseline;
  }

  /** Returns whether a server of Weir can run on this build. */
  boolean hasLibraryOf(Contender contender) throws IOException {
    List<Class<?>> library = contender.library();
    URL[] urls = new URL[jars.size()];
    for (int i = 0; i < urls.length; i++) {
      urls[i] = jars.get(i).toUri().toURL();
    }
    try (URLClassLoader loader = new URLClassLoader(urls, null)) {
      return !library.isEmpty()
          && library.stream().allMatch(type -> loader.findResource(file(type)) != null);
    }
  }

  private static String file(Class<?> type) {
    return type.getName().replace('.', '/') + ".class";
  }
}
