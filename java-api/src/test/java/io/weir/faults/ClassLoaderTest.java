package io.weir.faults;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.weir.AsyncStreams;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.programs.Redeployed;
import io.weir.testing.Deadline;
import io.weir.testing.GarbageCollection;
import io.weir.testing.Threads;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application that is unloaded leaves behind: neither a thread nor its class loader. */
class ClassLoaderTest {

  /** Threads of the JDK, which start once and for all. */
  private static final Set<String> OF_THE_JDK =
      Set.of("CompletableFutureDelayScheduler", "Common-Cleaner", "Cleaner-0", "process reaper");

  @TempDir Path directory;

  @BeforeEach
  void issueACertificate() throws IOException {
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    Issued issued = authority.issue();
    Files.move(authority.pem(directory), directory.resolve("authority.pem"));
    Files.move(issued.chainPem(directory), directory.resolve("chain.pem"));
    Files.move(issued.keyPem(directory), directory.resolve("key.pem"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"useOwnRuntime", "useOwnRuntimeOnChannelsOfTheJdk"})
  void the_loader_of_the_library_is_collected_after_its_runtimes_have_closed(String method)
      throws Exception {
    Set<String> before = threads();
    WeakReference<ClassLoader> loader = run(method, withTheLibrary());

    Deadline.await("no thread is left", () -> before.containsAll(threads()));
    GarbageCollection.collectUntil("the loader is gone", () -> loader.get() == null);
  }

  @Test
  void the_loader_of_a_user_is_collected_after_its_runtime_has_closed() throws Exception {
    WeakReference<ClassLoader> loader = run("useOwnRuntime", new OfTheUser());

    Threads.awaitNone(Redeployed.NAMES);
    GarbageCollection.collectUntil("the loader is gone", () -> loader.get() == null);
  }

  @Test
  void the_loader_of_a_user_of_the_shared_runtime_is_collected_when_all_has_closed()
      throws Exception {
    WeakReference<ClassLoader> loader = run("useSharedRuntime", new OfTheUser());

    GarbageCollection.collectUntil("the loader is gone", () -> loader.get() == null);
  }

  /** Runs the program as a container does: on a thread with the group and the loader of it. */
  private WeakReference<ClassLoader> run(String method, ClassLoader loader) throws Exception {
    Class<?> program = loader.loadClass(Redeployed.class.getName());
    assertSame(loader, program.getClassLoader());
    FutureTask<?> task =
        new FutureTask<>(() -> program.getMethod(method, Path.class).invoke(null, directory));
    ThreadGroup group = new ThreadGroup("application");
    Thread thread = new Thread(group, task, "application");
    thread.setContextClassLoader(loader);
    thread.start();
    Deadline.get(task);
    thread.join();
    assertEquals(0, group.activeCount()); // exec:java waits for them, and warns of them
    return new WeakReference<>(loader);
  }

  private static ClassLoader withTheLibrary() throws ClassNotFoundException {
    URL[] classes = {location(AsyncStreams.class), location(Redeployed.class)};
    ClassLoader loader = new URLClassLoader(classes, ClassLoader.getPlatformClassLoader());
    assertNotSame(AsyncStreams.class, loader.loadClass(AsyncStreams.class.getName()));
    return loader;
  }

  private static URL location(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> !OF_THE_JDK.contains(name))
        .collect(toCollection(TreeSet::new));
  }

  /** Defines the classes of the program, and leaves the library to its parent. */
  private static final class OfTheUser extends ClassLoader {

    OfTheUser() {
      super(ClassLoaderTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(Redeployed.class.getName())) {
        return super.loadClass(name, resolve);
      }
      Class<?> defined = findLoadedClass(name);
      return defined == null ? define(name) : defined;
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      String file = name.replace('.', '/') + ".class";
      try (InputStream in = getParent().getResourceAsStream(file)) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
