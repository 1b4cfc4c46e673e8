package io.weir.channels;

import io.weir.testing.ChannelProviders;
import io.weir.testing.Multiplicity;
import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Every kind of group of the two providers. */
enum ChannelGroups {
  SELECTOR_FIXED(ChannelProviders.SELECTOR_LOOPS, Kind.FIXED),
  SELECTOR_EXECUTOR(ChannelProviders.SELECTOR_LOOPS, Kind.EXECUTOR),
  SELECTOR_DEFAULT(ChannelProviders.SELECTOR_LOOPS, Kind.DEFAULT),
  JDK_FIXED(ChannelProviders.JDK, Kind.FIXED),
  JDK_EXECUTOR(ChannelProviders.JDK, Kind.EXECUTOR),
  JDK_DEFAULT(ChannelProviders.JDK, Kind.DEFAULT);

  /** What calls the handlers of a group. */
  enum Kind {
    FIXED,
    EXECUTOR,
    DEFAULT
  }

  /** The prefix of the names of the threads of groups that are not the default group. */
  static final String THREADS = "pooled-";

  private static final String OUR_THREADS = "weir-handler-\\d+";
  private static final String JDK_THREADS = "(Innocuous)?Thread-\\d+"; // of JDK 25, of JDK 17

  private final ChannelProviders providers;
  private final Kind kind;

  ChannelGroups(ChannelProviders providers, Kind kind) {
    this.providers = providers;
    this.kind = kind;
  }

  /** All groups; those of the JDK's provider are tested in the profile {@code matrix} only. */
  static Stream<ChannelGroups> all() {
    return Stream.of(values()).filter(group -> !group.isJdk() || Multiplicity.isAll());
  }

  /** All groups but the default groups. */
  static Stream<ChannelGroups> opened() {
    return all().filter(group -> group.kind != Kind.DEFAULT);
  }

  /** All groups in which handlers may block. */
  static Stream<ChannelGroups> thatMayBlock() {
    return all().filter(group -> group.kind != Kind.FIXED);
  }

  AsynchronousChannelProvider provider() {
    return providers.provider();
  }

  boolean isJdk() {
    return providers == ChannelProviders.JDK;
  }

  boolean isFixed() {
    return kind == Kind.FIXED;
  }

  /** Opens a group, or returns null for the default group. */
  @Nullable AsynchronousChannelGroup open() throws IOException {
    return switch (kind) {
      case FIXED -> provider().openAsynchronousChannelGroup(2, threads());
      case EXECUTOR ->
          provider().openAsynchronousChannelGroup(Executors.newCachedThreadPool(threads()), 0);
      case DEFAULT -> null;
    };
  }

  /** Makes daemon threads with names by which {@link #owns} knows them. */
  static ThreadFactory threads() {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, THREADS + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Whether a thread may call handlers of such a group. */
  boolean owns(Thread thread) {
    if (kind != Kind.DEFAULT) {
      return thread.getName().startsWith(THREADS);
    }
    return thread.isDaemon() && thread.getName().matches(isJdk() ? JDK_THREADS : OUR_THREADS);
  }
}
