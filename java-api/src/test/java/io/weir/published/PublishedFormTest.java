package io.weir.published;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.NodeList;

/**
 * A release, as programs see it. It is built twice in different folders: once without a key, and
 * once signed, into the bundle that Maven Central expects.
 */
@Tag("published")
class PublishedFormTest {

  private static final String JAVA = "weir-java-api";
  private static final String KOTLIN = "weir-kotlin-ext";
  private static final String BOM = "weir-bom";

  private static final List<String> FOR_JAVA = List.of("org/jspecify/jspecify");
  private static final List<String> FOR_KOTLIN =
      List.of(
          "org/jspecify/jspecify",
          "org/jetbrains/annotations",
          "org/jetbrains/kotlin/kotlin-stdlib",
          "org/jetbrains/kotlinx/kotlinx-coroutines-bom",
          "org/jetbrains/kotlinx/kotlinx-coroutines-core-jvm",
          "org/jetbrains/kotlinx/kotlinx-coroutines-jdk8");

  /** The plugin of a newer Kotlin gets its compiler as a dependency of the project. */
  private static final List<String> FOR_NEWER_KOTLIN =
      List.of("org/jspecify/jspecify", "org/jetbrains");

  /** What the Java programs print. */
  private static final String HELLO = "hello\nWeir " + Release.VERSION + "\n";

  private static final Set<String> OF_A_JAR =
      Set.of(".jar", ".pom", "-sources.jar", "-javadoc.jar", "-cyclonedx.json", "-cyclonedx.xml");

  private static Release release;
  private static Release signed;
  private static SigningKey key;

  @BeforeAll
  static void buildTwice(@TempDir Path directory) throws Exception {
    key = SigningKey.create(directory);
    try (UploadServer central = new UploadServer()) {
      release = Release.start(directory.resolve("first"), Map.of(), "-Prelease");
      signed =
          Release.start(
              directory.resolve("second"),
              Map.of("MAVEN_GPG_KEY", key.armored()),
              "-Prelease,publish",
              "-DcentralBaseUrl=" + central.url(),
              "-gs",
              credentials(directory).toString());
      release.log();
      signed.log();
    }
  }

  private static Path credentials(Path directory) throws IOException {
    return Files.writeString(
        directory.resolve("settings.xml"),
        """
        <settings>
          <servers>
            <server>
              <id>central</id>
              <username>name</username>
              <password>word</password>
            </server>
          </servers>
        </settings>
        """);
  }

  // ---- files ----

  @Test
  void the_two_libraries_and_their_bom_are_published() throws Exception {
    assertEquals(Set.of(BOM, JAVA, KOTLIN), release.modules());
    assertEquals(Set.of(".pom"), release.endings(BOM));
    assertEquals(OF_A_JAR, release.endings(JAVA));
    assertEquals(OF_A_JAR, release.endings(KOTLIN));
  }

  @Test
  void the_parent_the_samples_and_the_benchmarks_are_not_published() throws Exception {
    String output =
        Command.run(
            release.sources,
            List.of(Release.maven(), "-B", "-ntp", "-pl", ".,samples,benchmarks", "deploy:deploy"));

    assertEquals(3, output.split("Skipping artifact deployment", -1).length - 1, output);
  }

  @ParameterizedTest
  @ValueSource(strings = {JAVA, KOTLIN})
  void each_jar_has_its_version_and_its_licence(String module) throws Exception {
    try (JarFile jar = new JarFile(release.file(module, ".jar").toFile())) {
      assertEquals(
          Release.VERSION,
          jar.getManifest().getMainAttributes().getValue("Implementation-Version"));
      for (String name : List.of("LICENSE", "NOTICE")) {
        ZipEntry entry = jar.getEntry("META-INF/" + name);
        byte[] published = jar.getInputStream(entry).readAllBytes();
        assertEquals(Files.readString(release.sources.resolve(name)), new String(published, UTF_8));
      }
    }
  }

  @Test
  void the_jars_of_sources_and_of_documentation_have_them() throws Exception {
    assertHas(release.file(JAVA, "-sources.jar"), "io/weir/AsyncStreams.java");
    assertHas(release.file(KOTLIN, "-sources.jar"), "io/weir/coroutines/Server.kt");
    assertHas(release.file(JAVA, "-javadoc.jar"), "io.weir/io/weir/AsyncStreams.html");
    assertHas(release.file(KOTLIN, "-javadoc.jar"), "index.html");
  }

  private static void assertHas(Path jar, String name) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      assertTrue(zip.getEntry(name) != null, () -> jar + " has no " + name);
    }
  }

  @Test
  void the_list_of_components_has_only_what_programs_need() throws Exception {
    assertEquals(Set.of("jspecify"), components(JAVA));
    assertEquals(
        Set.of(
            JAVA,
            "annotations",
            "jspecify",
            "kotlin-stdlib",
            "kotlinx-coroutines-core-jvm",
            "kotlinx-coroutines-jdk8"),
        components(KOTLIN));
  }

  private static Set<String> components(String module) throws Exception {
    return texts(release.file(module, "-cyclonedx.xml"), "/bom/components/component/name");
  }

  @Test
  void a_second_build_in_another_folder_makes_the_same_bytes() throws Exception {
    Map<String, Long> differences = new TreeMap<>();
    for (String module : release.modules()) {
      for (String ending : release.endings(module)) {
        byte[] bundled = signed.bundled(module, ending);
        Path other = Files.write(Files.createTempFile("weir", ending), bundled);
        long difference = Files.mismatch(release.file(module, ending), other);
        Files.delete(other);
        if (difference >= 0) {
          differences.put(module + ending, difference);
        }
      }
    }

    assertEquals(Map.of(), differences);
  }

  @Test
  void a_build_without_a_key_says_that_nothing_is_signed() throws Exception {
    String nothing = "Nothing is signed: the environment variable MAVEN_GPG_KEY contains no key.";

    assertTrue(release.log().contains(nothing));
    assertFalse(signed.log().contains(nothing));
  }

  @Test
  void a_build_with_a_key_signs_every_file_of_the_bundle(@TempDir Path directory) throws Exception {
    Set<String> expected = new TreeSet<>();
    for (String module : release.modules()) {
      for (String ending : release.endings(module)) {
        Path file = release.file(module, ending);
        Path signature = directory.resolve(file.getFileName() + ".asc");
        Files.write(signature, signed.bundled(module, ending + ".asc"));
        key.verify(signature, file);
        String path = release.repository().relativize(file).toString();
        expected.addAll(List.of(path, path + ".asc"));
      }
    }

    assertEquals(expected, signed.bundledFiles());
  }

  // ---- POMs ----

  @Test
  void the_pom_of_the_java_library_names_jspecify_and_nothing_else() throws Exception {
    Path pom = release.file(JAVA, ".pom");

    assertEquals(Set.of("jspecify"), texts(pom, "//*[local-name() != 'project']/artifactId"));
    assertEquals(Set.of(JAVA), texts(pom, "/project/artifactId"));
  }

  @Test
  void the_pom_of_the_kotlin_library_names_what_its_api_uses() throws Exception {
    assertEquals(
        Set.of(JAVA, "kotlin-stdlib", "kotlinx-coroutines-core-jvm", "kotlinx-coroutines-jdk8"),
        texts(release.file(KOTLIN, ".pom"), "//*[local-name() != 'project']/artifactId"));
  }

  @Test
  void the_bom_manages_both_libraries() throws Exception {
    assertEquals(
        Set.of(JAVA, KOTLIN),
        texts(release.file(BOM, ".pom"), "//*[local-name() != 'project']/artifactId"));
  }

  @ParameterizedTest
  @ValueSource(strings = {BOM, JAVA, KOTLIN})
  void each_pom_has_what_maven_central_asks_for(String module) throws Exception {
    Path pom = release.file(module, ".pom");

    for (String element :
        List.of(
            "groupId",
            "artifactId",
            "version",
            "name",
            "description",
            "url",
            "licenses/license/name",
            "licenses/license/url",
            "developers/developer/name",
            "developers/developer/organization",
            "scm/connection",
            "scm/developerConnection",
            "scm/url")) {
      Set<String> texts = texts(pom, "/project/" + element);
      assertEquals(1, texts.size(), element);
      assertFalse(texts.iterator().next().isBlank(), element);
    }
    String text = Files.readString(pom);
    for (String refused :
        List.of("SNAPSHOT", "<parent>", "<repositories>", "<profiles>", "<build>", "<scope>test")) {
      assertFalse(text.contains(refused), refused);
    }
  }

  private static Set<String> texts(Path file, String path) throws Exception {
    NodeList nodes =
        (NodeList)
            XPathFactory.newInstance()
                .newXPath()
                .evaluate(
                    path,
                    DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile()),
                    XPathConstants.NODESET);
    return IntStream.range(0, nodes.getLength())
        .mapToObj(i -> nodes.item(i).getTextContent())
        .collect(toCollection(TreeSet::new));
  }

  // ---- programs ----

  @Test
  void a_java_project_of_maven_needs_jspecify_alone(@TempDir Path directory) throws Exception {
    Consumer consumer = new Consumer(directory, release, FOR_JAVA, "maven-java");
    consumer.maven().output();

    assertJavaLibraries(consumer.libraries("target/lib"));
    assertEquals(HELLO, consumer.run("target/classes", "target/lib", "consumer.Main"));
  }

  @Test
  void a_java_module_runs_in_an_image_of_jlink(@TempDir Path directory) throws Exception {
    Consumer consumer = new Consumer(directory, release, FOR_JAVA, "maven-java", "maven-module");
    consumer.maven().output();

    assertTrue(consumer.runImage().startsWith("hello\n"));
  }

  @Test
  void a_java_project_of_gradle_needs_jspecify_alone(@TempDir Path directory) throws Exception {
    Consumer consumer = new Consumer(directory, release, FOR_JAVA, "maven-java", "gradle");
    consumer.gradle().output();

    assertJavaLibraries(consumer.libraries("build/lib"));
    assertEquals(HELLO, consumer.run("build/classes/java/main", "build/lib", "consumer.Main"));
  }

  private static void assertJavaLibraries(Set<String> libraries) {
    assertEquals(2, libraries.size(), libraries::toString);
    assertTrue(libraries.contains(JAVA + "-" + Release.VERSION + ".jar"), libraries::toString);
    assertTrue(libraries.toString().contains("jspecify-"), libraries::toString);
  }

  @Test
  void a_kotlin_project_of_maven_may_have_the_oldest_compiler_and_coroutines(
      @TempDir Path directory) throws Exception {
    assumeTrue(Runtime.version().feature() < 25, "Kotlin 2.0 does not run on JDK 25");
    Consumer consumer = new Consumer(directory, release, FOR_KOTLIN, "maven-kotlin");
    consumer.maven("-Dkotlin.version=" + property("oldestKotlin")).output();

    assertRunsWithCoroutines(property("oldestCoroutines"), consumer);
  }

  @Test
  void a_kotlin_project_of_maven_may_have_newer_ones(@TempDir Path directory) throws Exception {
    String coroutines = property("newestCoroutines");
    Consumer consumer = new Consumer(directory, release, FOR_NEWER_KOTLIN, "maven-kotlin");
    consumer
        .maven("-Dkotlin.version=" + property("newestKotlin"), "-Dcoroutines.version=" + coroutines)
        .output();

    assertRunsWithCoroutines(coroutines, consumer);
  }

  private static String property(String name) {
    return Objects.requireNonNull(System.getProperty("weir." + name));
  }

  private static void assertRunsWithCoroutines(String version, Consumer consumer) throws Exception {
    Set<String> libraries = consumer.libraries("target/lib");
    String used = "kotlinx-coroutines-core-jvm-" + version + ".jar";
    assertTrue(libraries.contains(used), libraries::toString);
    String output = consumer.run("target/classes", "target/lib", "consumer.MainKt");
    assertTrue(output.startsWith("hello\n"), output);
  }

  @Test
  void a_project_would_fail_with_the_poms_of_the_build(@TempDir Path directory) throws Exception {
    Consumer consumer = new Consumer(directory, release, FOR_JAVA, "maven-java");
    Path published = consumer.editableRelease();
    copyPom(release.sources.resolve("java-api"), published, JAVA);
    copyPom(release.sources, published, "weir-parent");

    String output = consumer.maven().outputOfFailure();
    assertTrue(output.matches("(?s).*Could not find artifact \\S+:\\S+-bom:pom:.*"), output);
  }

  private static void copyPom(Path module, Path published, String artifact) throws IOException {
    Path folder = published.resolve(artifact).resolve(Release.VERSION);
    Files.createDirectories(folder);
    Files.copy(
        module.resolve("pom.xml"),
        folder.resolve(artifact + "-" + Release.VERSION + ".pom"),
        StandardCopyOption.REPLACE_EXISTING);
  }
}
