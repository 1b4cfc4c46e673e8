package io.weir.benchmarks.compare;

import java.util.List;
import java.util.stream.Stream;

/** The rows of the table. */
final class Loads {

  private static final String NETTY = "netty-nio";
  private static final String JDK = "jdk-nio";
  private static final boolean QUICK = true;
  private static final boolean FULL_ONLY = false;

  private static final List<Entry> TO_COMPARE =
      List.of(
          Entry.of("weir-java"),
          Entry.of("weir-java-aio"),
          Entry.of("weir-java-smart"),
          Entry.of("weir-kotlin"),
          Entry.of("jdk-aio"),
          Entry.of("jdk-aio-on-weir"),
          Entry.of("smart-aio"),
          Entry.of(JDK),
          Entry.of(NETTY),
          Entry.of("netty-epoll"),
          Entry.of("vertx"),
          Entry.of("ktor"),
          Entry.asyncio("echo"));

  private static final List<Entry> BUFFERS =
      List.of(Entry.of("weir-java-transfer"), Entry.of("weir-java-buffer"));

  private static final List<Entry> LARGE =
      join(BUFFERS, List.of(Entry.of("weir-java"), Entry.of(JDK), Entry.of(NETTY)));

  private static final List<Entry> FORWARDERS =
      List.of(Entry.of("weir-java-transfer"), Entry.of("java-net"), Entry.of(NETTY));

  private static final List<Entry> DISPATCHERS =
      List.of(
          Entry.of("weir-kotlin", "--dispatcher", "default"),
          Entry.of("weir-kotlin", "--dispatcher", "runblocking"));

  private static final List<Entry> TWO_THREADS =
      List.of(
          Entry.of("weir-java"),
          Entry.of("weir-java", "--threads", "2"),
          Entry.of(NETTY),
          Entry.of(NETTY, "--threads", "2"));

  private static final List<Entry> LINES =
      List.of(
          Entry.of("weir-java-lines"),
          Entry.of("weir-kotlin-lines"),
          Entry.of(JDK),
          Entry.of("netty-lines"),
          Entry.asyncio("lines"));

  private static final List<Entry> SINKS =
      List.of(
          Entry.of("weir-java", "--sink"),
          Entry.of("weir-java-buffer", "--sink"),
          Entry.of("weir-kotlin", "--sink"),
          Entry.of(JDK, "--sink"),
          Entry.of("java-net", "--sink"),
          Entry.of(NETTY, "--sink"));

  private static final List<Entry> WITH_TLS =
      List.of(
          Entry.of("weir-java"),
          Entry.of("weir-kotlin"),
          Entry.of(NETTY),
          Entry.of("vertx"),
          Entry.of("weir-java", "--tls-provider", "conscrypt"),
          Entry.of(NETTY, "--tls-provider", "conscrypt"));

  private static final List<Entry> SINKS_WITH_TLS =
      List.of(
          Entry.of("weir-java", "--sink"),
          Entry.of("weir-java-buffer", "--sink"),
          Entry.of(NETTY, "--sink"),
          Entry.of("weir-java", "--sink", "--tls-provider", "conscrypt"),
          Entry.of("weir-java-buffer", "--sink", "--tls-provider", "conscrypt"),
          Entry.of(NETTY, "--sink", "--tls-provider", "conscrypt"));

  private static final List<Entry> FEW =
      List.of(
          Entry.of("weir-java"),
          Entry.of("weir-kotlin"),
          Entry.of(JDK),
          Entry.of(NETTY),
          Entry.of("netty-epoll"));

  private Loads() {}

  static List<Load> all() {
    return List.of(
        echo("64 B, 64 connections", "64", "64", QUICK, join(TO_COMPARE, DISPATCHERS)),
        echo("64 B, 1,000 connections", "64", "1000", QUICK, join(TO_COMPARE, DISPATCHERS)),
        echo("64 KiB, 4 connections", "65536", "4", QUICK, join(BUFFERS, TO_COMPARE)),
        echo("64 KiB, 64 connections", "65536", "64", FULL_ONLY, LARGE),
        lines(),
        bulk("one way, 1 connection", "1", QUICK, SINKS),
        forwarded(),
        bulk("one way, 64 connections", "64", FULL_ONLY, SINKS),
        echo("TLS, 64 B, 64 connections", "64", "64", QUICK, WITH_TLS, "--tls"),
        bulk("TLS, one way, 1 connection", "1", FULL_ONLY, SINKS_WITH_TLS, "--tls"),
        roundTrip(),
        echo("two threads, 64 B, 64 connections", "64", "64", FULL_ONLY, TWO_THREADS),
        echo("64 B, 100 connections", "64", "100", FULL_ONLY, FEW),
        echo("64 B, 10,000 connections", "64", "10000", FULL_ONLY, FEW),
        idle());
  }

  private static Load echo(
      String title,
      String size,
      String connections,
      boolean quick,
      List<Entry> entries,
      String... more) {
    List<String> arguments =
        join(List.of("--size", size, "--connections", connections), List.of(more));
    return new Load(title, arguments, Metric.THOUSANDS, quick, NETTY, JDK, entries);
  }

  private static Load lines() {
    return new Load(
        "lines of 80 B, 64 pipelined, 16 connections",
        List.of("--size", "80", "--depth", "64", "--connections", "16", "--lines"),
        Metric.THOUSANDS,
        QUICK,
        "netty-lines",
        JDK,
        LINES);
  }

  private static Load bulk(
      String title, String connections, boolean quick, List<Entry> entries, String... more) {
    List<String> arguments =
        join(List.of("--size", "65536", "--connections", connections, "--bulk"), List.of(more));
    return new Load(
        title, arguments, Metric.MEBIBYTES, quick, "netty-nio sink", "java-net sink", entries);
  }

  private static Load forwarded() {
    return new Load(
        "forwarded, 1 connection",
        List.of("--size", "65536", "--connections", "1", "--bulk"),
        Metric.MEBIBYTES,
        FULL_ONLY,
        NETTY,
        "java-net",
        FORWARDERS);
  }

  private static Load roundTrip() {
    return new Load(
        "64 B, 1 connection",
        List.of("--size", "64", "--connections", "1"),
        Metric.ROUND_TRIP,
        QUICK,
        NETTY,
        JDK,
        FEW);
  }

  private static Load idle() {
    return new Load(
        "10,000 idle connections",
        List.of("--connections", Integer.toString(Metric.IDLE_CONNECTIONS), "--idle"),
        Metric.MEMORY,
        FULL_ONLY,
        NETTY,
        JDK,
        FEW);
  }

  private static <T> List<T> join(List<T> first, List<T> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }
}
