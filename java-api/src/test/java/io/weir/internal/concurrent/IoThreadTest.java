package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import io.weir.testing.GarbageCollection;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What a thread of the library has from the thread that makes it: nothing. */
class IoThreadTest {

  @Test
  @SuppressWarnings("ThreadPriorityCheck") // that is what this looks at
  void a_thread_is_in_the_root_group_with_normal_priority_whoever_makes_it() {
    CompletableFuture<Thread> made = new CompletableFuture<>();
    ThreadGroup group = new ThreadGroup("of the first caller");
    Thread maker =
        new Thread(
            group, () -> made.complete(IoThread.factoryOf("made").newThread(() -> {})), "maker");
    maker.setPriority(Thread.MIN_PRIORITY);
    maker.setContextClassLoader(new OwnLoader());
    maker.start();

    Thread thread = Deadline.get(made);
    assertNull(thread.getThreadGroup().getParent());
    assertEquals(Thread.NORM_PRIORITY, thread.getPriority());
    assertSame(ClassLoader.getSystemClassLoader(), thread.getContextClassLoader());
    assertTrue(thread.isDaemon());
  }

  @Test
  void a_thread_that_runs_keeps_no_class_loader_of_who_made_it() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try {
      WeakReference<ClassLoader> plugin = startByPlugin(() -> awaitQuietly(end));

      GarbageCollection.collectUntil("the plugin is gone", () -> plugin.get() == null);
    } finally {
      end.countDown();
    }
  }

  private static WeakReference<ClassLoader> startByPlugin(Runnable task) throws Exception {
    ClassLoader loader = new OwnLoader();
    Object plugin = loader.loadClass(Plugin.class.getName()).getDeclaredConstructor().newInstance();
    assertSame(loader, plugin.getClass().getClassLoader());
    @SuppressWarnings("unchecked")
    Function<Runnable, Thread> starting = (Function<Runnable, Thread>) plugin;
    assertTrue(starting.apply(task).isAlive());
    return new WeakReference<>(loader);
  }

  private static void awaitQuietly(CountDownLatch end) {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Starts a thread of the library from a class of a loader of its own. */
  public static final class Plugin implements Function<Runnable, Thread> {

    @Override
    public Thread apply(Runnable task) {
      Thread thread = IoThread.factoryOf("of a plugin").newThread(task);
      thread.start();
      return thread;
    }
  }

  /** Defines the plugin itself, and leaves all else to its parent. */
  private static final class OwnLoader extends ClassLoader {

    OwnLoader() {
      super(IoThreadTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      return name.equals(Plugin.class.getName()) ? define(name) : super.loadClass(name, resolve);
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      String file = name.replace('.', '/') + ".class";
      try (InputStream in = IoThreadTest.class.getClassLoader().getResourceAsStream(file)) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
