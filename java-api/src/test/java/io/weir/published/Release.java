package io.weir.published;

import static java.util.stream.Collectors.toCollection;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A release of the sources of this checkout, built in a copy of them. {@code mvn deploy} writes it
 * to a folder instead of a server.
 */
final class Release {

  private static final String SNAPSHOT = "-SNAPSHOT";

  /** The version of this checkout, without {@code -SNAPSHOT}. */
  static final String VERSION = System.getProperty("weir.version").replace(SNAPSHOT, "");

  private static final Path CHECKOUT = Path.of("").toAbsolutePath().getParent();
  private static final Set<String> NO_SOURCES = Set.of("target", ".git", "node_modules");

  /** The sources. */
  final Path sources;

  private final Command build;

  private Release(Path sources, Command build) {
    this.sources = sources;
    this.build = build;
  }

  /**
   * Copies the sources and starts to build a release.
   *
   * @param directory a folder that does not exist yet
   * @param environment the signing key, or nothing
   * @param arguments what Maven gets beside the profile {@code release}
   */
  static Release start(Path directory, Map<String, String> environment, String... arguments)
      throws IOException {
    Path sources = directory.resolve("weir");
    copySources(sources);
    List<String> command =
        Stream.concat(
                Stream.of(
                    maven(),
                    "-B",
                    "-ntp",
                    "deploy",
                    "-pl",
                    ".,bom,java-api,kotlin-ext",
                    "-Dmaven.test.skip=true",
                    "-Dspotless.check.skip=true",
                    "-DaltDeploymentRepository=folder::" + directory.resolve("repository").toUri()),
                Stream.of(arguments))
            .toList();
    return new Release(sources, Command.start(sources, environment, command));
  }

  /** Returns the program that runs the tests' own build. */
  static String maven() {
    return Path.of(System.getProperty("weir.maven"), "bin", "mvn").toString();
  }

  /** Waits for the end of the build, and returns what it has printed. */
  String log() throws Exception {
    return build.output();
  }

  /** Returns the folder that programs get the release from. */
  Path repository() {
    return sources.resolveSibling("repository");
  }

  /** Returns a published file. */
  Path file(String module, String ending) {
    return folder(module).resolve(module + "-" + VERSION + ending);
  }

  /** Returns the endings of a module's published files, without checksums. */
  Set<String> endings(String module) throws IOException {
    String start = module + "-" + VERSION;
    try (Stream<Path> files = Files.list(folder(module))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.endsWith(".md5") && !name.endsWith(".sha1"))
          .map(name -> name.substring(start.length()))
          .collect(toCollection(TreeSet::new));
    }
  }

  /** Returns the names of the published modules. */
  Set<String> modules() throws IOException {
    try (Stream<Path> folders = Files.list(repository().resolve("io/weir"))) {
      return folders
          .map(folder -> folder.getFileName().toString())
          .collect(toCollection(TreeSet::new));
    }
  }

  /** Returns a file of the bundle for Maven Central. */
  byte[] bundled(String module, String ending) throws IOException {
    Path file = repository().relativize(file(module, ending));
    try (ZipFile bundle = new ZipFile(bundle().toFile());
        InputStream entry = bundle.getInputStream(bundle.getEntry(file.toString()))) {
      return entry.readAllBytes();
    }
  }

  /** Returns the paths in the bundle for Maven Central, without checksums. */
  Set<String> bundledFiles() throws IOException {
    try (ZipFile bundle = new ZipFile(bundle().toFile())) {
      return bundle.stream()
          .map(ZipEntry::getName)
          .filter(name -> !name.matches(".*(/|\\.(md5|sha1|sha256|sha512))"))
          .collect(toCollection(TreeSet::new));
    }
  }

  private Path bundle() {
    return sources.resolve("target/central-publishing/central-bundle.zip");
  }

  private Path folder(String module) {
    return repository().resolve("io/weir").resolve(module).resolve(VERSION);
  }

  private static void copySources(Path target) throws IOException {
    Files.walkFileTree(
        CHECKOUT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            if (NO_SOURCES.contains(folder.getFileName().toString())) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(target.resolve(CHECKOUT.relativize(folder)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path copy = target.resolve(CHECKOUT.relativize(file));
            if (file.endsWith("pom.xml")) {
              String pom = Files.readString(file);
              Files.writeString(copy, pom.replace(VERSION + SNAPSHOT, VERSION));
            } else {
              Files.copy(file, copy);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
