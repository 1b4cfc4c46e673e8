package io.weir.published;

import static java.util.stream.Collectors.toCollection;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A project that depends on the library, in a folder of its own. Its build gets dependencies from
 * one folder, with the release and a few allowed artifacts, and fails when it needs another. The
 * plugins of Maven come from the local repository of this build.
 */
final class Consumer {

  private static final Path PROJECTS = Path.of("src/test/consumers").toAbsolutePath();
  private static final Path LOCAL_REPOSITORY = Path.of(System.getProperty("weir.localRepository"));

  private static final String SETTINGS =
      """
      <settings>
        <localRepository>%s</localRepository>
        <profiles>
          <profile>
            <id>allowed</id>
            <repositories>
              <repository>
                <id>central</id>
                <url>%s</url>
                <releases>
                  <checksumPolicy>ignore</checksumPolicy>
                </releases>
              </repository>
            </repositories>
            <pluginRepositories>
              <pluginRepository>
                <id>plugins</id>
                <url>%s</url>
                <releases>
                  <checksumPolicy>ignore</checksumPolicy>
                </releases>
              </pluginRepository>
              <pluginRepository>
                <id>central</id>
                <url>%3$s</url>
                <releases>
                  <enabled>false</enabled>
                </releases>
              </pluginRepository>
            </pluginRepositories>
          </profile>
        </profiles>
        <activeProfiles>
          <activeProfile>allowed</activeProfile>
        </activeProfiles>
      </settings>
      """;

  private final Path directory;
  private final Path allowed;

  /**
   * Copies a project.
   *
   * @param directory an empty folder
   * @param release what the folder for dependencies has
   * @param allowed what else it has: folders of a Maven repository
   * @param projects folders of the sources, of which the last takes precedence
   */
  Consumer(Path directory, Release release, List<String> allowed, String... projects)
      throws IOException {
    this.directory = directory;
    this.allowed = directory.resolve("allowed");
    link("io/weir", release.repository());
    for (String artifact : allowed) {
      link(artifact, LOCAL_REPOSITORY);
    }
    for (String project : projects) {
      copy(PROJECTS.resolve(project), directory);
    }
  }

  /**
   * Replaces what the folder for dependencies has of the library by a folder that may be edited.
   */
  Path editableRelease() throws IOException {
    Path link = allowed.resolve("io/weir");
    Path release = link.toRealPath();
    Files.delete(link);
    copy(release, link);
    return link;
  }

  private void link(String artifact, Path repository) throws IOException {
    Path link = allowed.resolve(artifact);
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, repository.resolve(artifact));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file));
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  /** Starts Maven, which compiles the project and copies its dependencies. */
  Command maven(String... properties) throws IOException {
    Path settings = directory.resolve("settings.xml");
    Files.writeString(
        settings,
        SETTINGS.formatted(
            directory.resolve("local-repository"), allowed.toUri(), LOCAL_REPOSITORY.toUri()));
    List<String> command =
        List.of(
            Release.maven(),
            "-B",
            "-ntp",
            "-s",
            settings.toString(),
            "-gs",
            settings.toString(),
            "-Dweir.version=" + Release.VERSION);
    List<String> goals = List.of("compile", "dependency:copy-dependencies");
    return Command.start(
        directory,
        Map.of("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"),
        Stream.of(command, List.of(properties), goals).flatMap(List::stream).toList());
  }

  /** Starts Gradle, which compiles the project and copies its dependencies. */
  Command gradle() throws IOException {
    return Command.start(
        directory,
        Map.of(),
        List.of(
            "env",
            "--unset=JAVA_HOME", // Debian's Gradle finds a JDK that it can use
            "gradle",
            "--offline",
            "--no-daemon",
            "--gradle-user-home=" + directory.resolve("gradle"),
            "-Pallowed=" + allowed,
            "-PweirVersion=" + Release.VERSION,
            "libraries"));
  }

  /** Returns the names of the jars that the project depends on. */
  Set<String> libraries(String folder) throws IOException {
    try (Stream<Path> jars = Files.list(directory.resolve(folder))) {
      return jars.map(jar -> jar.getFileName().toString()).collect(toCollection(TreeSet::new));
    }
  }

  /** Runs a class of the project, and returns its output. */
  String run(String classes, String libraries, String mainClass) throws Exception {
    String classPath = directory.resolve(classes) + ":" + directory.resolve(libraries) + "/*";
    return Command.run(directory, List.of(java(), "-cp", classPath, mainClass));
  }

  /** Links an image of the module {@code consumer}, runs it, and returns its output. */
  String runImage() throws Exception {
    Path target = directory.resolve("target");
    Path image = target.resolve("image");
    Command.run(
        directory,
        List.of(
            Path.of(java()).resolveSibling("jlink").toString(),
            "--module-path=" + target.resolve("classes") + ":" + target.resolve("lib"),
            "--add-modules=consumer",
            "--output=" + image));
    String main = "consumer/consumer.Main";
    return Command.run(directory, List.of(image.resolve("bin/java").toString(), "--module", main));
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
