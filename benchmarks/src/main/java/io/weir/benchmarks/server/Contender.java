package io.weir.benchmarks.server;

import io.weir.AsyncStreams;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The servers, by the names that they have on the command line. */
@SuppressWarnings("ImmutableEnumChecker") // functions without state, and sets that do not change
public enum Contender {
  WEIR_JAVA(WeirServer::start, Trait.WEIR_JAVA, Trait.TLS, Trait.SINK),
  WEIR_JAVA_BUFFER(WeirServer::startWithBuffers, Trait.WEIR_JAVA, Trait.TLS, Trait.SINK),
  WEIR_JAVA_TRANSFER(WeirServer::startWithTransfer, Trait.WEIR_JAVA, Trait.TLS, Trait.FORWARD),
  WEIR_JAVA_AIO(WeirServer::startOnJdkChannels, Trait.WEIR_JAVA, Trait.TLS, Trait.SINK),
  WEIR_JAVA_SMART(WeirServer::startOnSmartSocket, Trait.WEIR_JAVA, Trait.TLS, Trait.SINK),
  WEIR_KOTLIN(WeirKotlinServer::start, Trait.WEIR_KOTLIN, Trait.TLS, Trait.SINK),
  WEIR_JAVA_LINES(WeirServer::start, Trait.WEIR_JAVA, Trait.TLS, Trait.LINES),
  WEIR_KOTLIN_LINES(WeirKotlinServer::start, Trait.WEIR_KOTLIN, Trait.TLS, Trait.LINES),
  JDK_AIO(AioServer::start, Trait.SINK),
  JDK_AIO_ON_WEIR(AioServer::startOnWeirChannels, Trait.WEIR_JAVA, Trait.SINK),
  SMART_AIO(AioServer::startOnSmartSocket, Trait.SINK),
  JDK_NIO(NioServer::start, Trait.SINK),
  NETTY_NIO(NettyServer::startNio, Trait.TLS, Trait.SINK, Trait.FORWARD),
  NETTY_EPOLL(NettyServer::startEpoll, Trait.TLS, Trait.SINK, Trait.FORWARD),
  NETTY_LINES(NettyServer::startNio, Trait.TLS, Trait.LINES),
  VERTX(VertxServer::start, Trait.TLS, Trait.SINK),
  KTOR(KtorServer::start, Trait.SINK),
  JAVA_NET(BlockingServer::start, Trait.SINK, Trait.FORWARD);

  /** What a server runs on, and what it can do besides echoing. */
  private enum Trait {
    WEIR_JAVA,
    WEIR_KOTLIN,
    TLS,
    SINK,
    FORWARD,
    LINES
  }

  /** Starts a server. */
  @FunctionalInterface
  private interface Starter {
    RunningServer start(Setup setup) throws Exception;
  }

  private final Starter starter;
  private final Set<Trait> traits;

  Contender(Starter starter, Trait... traits) {
    this.starter = starter;
    this.traits = EnumSet.copyOf(Set.of(traits));
  }

  /** Returns the server with this name. */
  public static Contender of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** Returns a class of each jar of Weir that the server runs on; none if it runs on no Weir. */
  public List<Class<?>> library() {
    if (traits.contains(Trait.WEIR_KOTLIN)) {
      return List.of(AsyncStreams.class, io.weir.coroutines.Server.class);
    }
    return traits.contains(Trait.WEIR_JAVA) ? List.of(AsyncStreams.class) : List.of();
  }

  /** Returns the work that the server does by default. */
  public Work work() {
    return traits.contains(Trait.LINES) ? Work.LINES : Work.ECHO;
  }

  /** Returns whether the server can do a work. */
  public boolean can(Work work) {
    return switch (work) {
      case SINK -> traits.contains(Trait.SINK);
      case FORWARD -> traits.contains(Trait.FORWARD);
      case ECHO, LINES -> work == work();
    };
  }

  /** Starts the server. */
  public RunningServer start(Setup setup) throws Exception {
    require(setup.tls() == null || traits.contains(Trait.TLS), "TLS");
    require(can(setup.work()), setup.work().name().toLowerCase(Locale.ROOT));
    return starter.start(setup);
  }

  private void require(boolean can, String what) {
    if (!can) {
      throw new IllegalArgumentException(
          this + " does not support " + what + " in these benchmarks");
    }
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
